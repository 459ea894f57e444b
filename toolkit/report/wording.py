"""Figures and names in words that people know: percentages with their interval, rules and subjects without raw ids."""

from __future__ import annotations

POINTS = frozenset(
    {
        "ledger_responsible",
        "counterfactual_effect",
        "amplification_nearest_captions",
        "difference_from_reference",
        "intersection_excess",
    }
)  # findings that are differences of shares
DIFFERENCES = frozenset({"content_difference_between_groups", "content_difference_from_data"})
AGREEMENT = "reviewer_agreement"
NUMBERS = frozenset({"weat", AGREEMENT}) | DIFFERENCES  # and those that are no shares at all
SPACE = "\N{NO-BREAK SPACE}"
PRESENTED = ("gender presentation",)


def percent(share: float | None) -> str:
    """Return `share`, in [0, 1], as "91 %"; below 1 % and above 99 % with one decimal, and "?" for None."""
    if share is None:
        return "?"
    value = 100 * share
    near_an_end = 0 < value < 1 or 99 < value < 100
    return f"{value:.1f}{SPACE}%" if near_an_end else f"{value:.0f}{SPACE}%"


def percent_of(share: float | None, low: float | None, high: float | None, n: int | None) -> str:
    """Return "91 % [84, 95] of 100"; the interval and the count are left out where they are None."""
    words = percent(share)
    if low is not None and high is not None:
        words += f" [{100 * low:.0f}, {100 * high:.0f}]"
    return words if n is None else f"{words} of {n:,}"


def figure_of(measure: str | None, value: float | None, low: float | None, high: float | None, n: int | None) -> str:
    """Return a figure in the unit of its `measure`: points of a difference, a bare number, or a percentage."""
    if value is None or measure is None or measure not in POINTS | NUMBERS:
        return percent_of(value, low, high, n)
    scale, digits = (100, 0) if measure in POINTS else (1, 2)
    sign = "" if measure == AGREEMENT else "+"
    words = f"{scale * value:{sign}.{digits}f}" + (" points" if measure in POINTS else "")
    if low is not None and high is not None:
        words += f" [{scale * low:.{digits}f}, {scale * high:.{digits}f}]"
    return words if n is None else f"{words} of {n:,}"


def floor_of(measure: str | None, floor: float) -> str:
    """Return the noise floor of a figure in the unit of its `measure`, as `figure_of` does."""
    if measure in NUMBERS:
        return f"{floor:.2f}"
    return f"{100 * floor:.0f} points" if measure in POINTS else percent(floor)


def q_value(q: float) -> str:
    """Return "q = 0.012", or "q < 0.001" for anything smaller."""
    return "q < 0.001" if q < 0.001 else f"q = {q:.2g}"


def count(number: int, one: str, several: str | None = None) -> str:
    """Return "1 picture" or "1,200 pictures"; `several` is the plural where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def plain_name(identifier: str) -> str:
    """Return an identifier such as `caption_length` as "caption length"."""
    return identifier.replace("_", " ").replace("-", " ").strip()


def subject_name(subject: str) -> str:
    """Return `data:emoji/google` as "emoji/google (data)"; the URI of a model stays as it was asked for."""
    return f"{subject.removeprefix('data:')} (data)" if subject.startswith("data:") else subject


def tone_name(value: str) -> str:
    """Return the skin tone `monk-3` as "Monk 3"; any other value of an attribute stays as it is."""
    return f"Monk {value.removeprefix('monk-')}" if value.startswith("monk-") else value


def several(value: str) -> str:
    """Return whom a share counts: "women" of `woman`, "men" of `man`, any other value as `tone_name` has it."""
    return {"woman": "women", "man": "men"}.get(value, tone_name(value))


def read_as(attribute: str, group: str) -> str:
    """Return "presented as man" of how a person is presented, and "read as indoors (setting)" of anything else."""
    return f"presented as {group}" if attribute in PRESENTED else f"read as {group} ({attribute})"
