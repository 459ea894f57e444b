"""Duplicates: the copies that curation took, beside the picture that stays for them, cluster by cluster."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboards.choices import choose, turn_pages
from dashboards.pairs_data import copies_of, pairs_called
from dashboards.reveals import show_pair_groups
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_problem, show_table, show_text
from toolkit.report.copies import KINDS, OUTSIDE, Copies, kinds_of
from toolkit.report.wording import count, plain_name

ALL = "all"
CLUSTERS_A_PAGE = 10
COPIES_SHOWN = 7  # of a cluster among others
PICTURES_A_PAGE = 48
HEADER = ("How they are alike", "Clusters", "Copies taken", "Most for one picture")
PAGE = "page"  # of the address, as `turn_pages` has it
CLUSTER = "cluster"  # the key of the address: the kind and the row that stays
Cluster = dict[str, Any]


def show(chosen: Listed) -> None:
    """Show the copies that curation took in the run `chosen`, or in the run that it was made from."""
    st.title("Duplicates")
    found = copies_of(chosen)
    if found is None:
        show_problem(f"{chosen.name} holds no decisions, nor does a run that it was made from; choose another run.")
        return
    kinds = kinds_of(found)
    if not kinds:
        show_text("No rule took any pair as a copy of another one. Curate with `duplicates` to look for any.")
        return
    show_table(HEADER, [(KINDS[one.kind], f"{one.clusters:,}", f"{one.copies:,}", f"{one.largest:,}") for one in kinds])
    if one := _asked(found):
        _show_one(chosen, found, one)
        return
    kind = choose("Alike", [ALL, *(one.kind for one in kinds)], key="kind", shown=lambda one: KINDS.get(one, one))
    clusters = found.of(None if kind == ALL else kind)
    show_text(f"{count(clusters.num_rows, 'cluster')}, the largest first.")
    page = turn_pages(clusters.num_rows, CLUSTERS_A_PAGE)
    _show_several(chosen, found, clusters.slice(page.start, CLUSTERS_A_PAGE).to_pylist())


def _asked(found: Copies) -> Cluster | None:
    """Return the cluster that the address names; None where it names none that there is."""
    kind, _, stays = st.query_params.get(CLUSTER, "").partition(" ")
    rows = found.members([kind], [stays])
    return {"kind": kind, "stays": stays, "copies": rows.num_rows} if rows.num_rows else None


def _open(cluster: Cluster | None) -> None:
    """Go to a cluster by itself, or to all, from the first page on."""
    st.session_state.pop(PAGE, None)
    st.query_params.pop(PAGE, None)
    if cluster is None:
        st.query_params.pop(CLUSTER, None)
    else:
        st.query_params[CLUSTER] = f"{cluster['kind']} {cluster['stays']}"


def _show_several(chosen: Listed, found: Copies, clusters: list[Cluster]) -> None:
    """Show the first copies of each of `clusters`, and a button that opens it by itself."""
    members = found.members([one["kind"] for one in clusters], [one["stays"] for one in clusters])
    by_cluster: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in members.to_pylist():
        by_cluster.setdefault((row["kind"], row["stays"]), []).append(row)
    some = [by_cluster[one["kind"], one["stays"]][:COPIES_SHOWN] for one in clusters]
    names = [row["sample_id"] for rows in some for row in rows] + [one["stays"] for one in clusters]
    pairs = pairs_called(chosen, names)
    groups = [(_title(one), _tiles(one, rows, pairs)) for one, rows in zip(clusters, some, strict=True)]

    def offer_cluster(place: int) -> None:
        one = clusters[place]
        st.button(f"Open {place + 1}", key=f"{one['kind']} {one['stays']}", on_click=_open, args=(one,))

    show_pair_groups(chosen, groups, offer_cluster)


def _show_one(chosen: Listed, found: Copies, one: Cluster) -> None:
    """Show all of one cluster, a page at a time; the picture that stays is on each."""
    st.button("All clusters", on_click=_open, args=(None,))
    rows = found.members([one["kind"]], [one["stays"]])
    page = turn_pages(rows.num_rows, PICTURES_A_PAGE)
    some = rows.slice(page.start, PICTURES_A_PAGE).to_pylist()
    pairs = pairs_called(chosen, [one["stays"], *(row["sample_id"] for row in some)])
    show_text(*dict.fromkeys(row["text"] or "" for row in some[:1]))
    show_pair_groups(chosen, [(_title(one), _tiles(one, some, pairs))])


def _title(one: Cluster) -> str:
    return f"{count(one['copies'], 'copy', 'copies')}, {KINDS[one['kind']]}"


def _tiles(one: Cluster, rows: list[dict[str, Any]], pairs: dict[str, dict[str, Any]]) -> list[tuple[str, Tile]]:
    """Return the tile of the picture that stays, where it is of this run, and then those of its copies."""
    tiles = []
    if one["kind"] not in OUTSIDE and one["stays"] in pairs:
        tiles.append((one["stays"], _tile(pairs[one["stays"]], _fate(pairs[one["stays"]]))))
    for row in rows:
        pair = pairs.get(row["sample_id"])
        if pair is not None:
            why = row["text"] if one["kind"] in OUTSIDE else "a copy, taken"
            tiles.append((row["sample_id"], _tile(pair, why or "")))
    return tiles


def _fate(pair: dict[str, Any]) -> str:
    """Return that a picture stays for its copies, or what became of it later."""
    if pair["status"] == "kept":
        return "stays"
    return f"stays for these, later {pair['status']}: {plain_name(pair['rule'] or '')}"


def _tile(pair: dict[str, Any], said: str) -> Tile:
    return Tile(None, pair["caption"] or "", tuple(filter(None, (said, pair["source"]))))
