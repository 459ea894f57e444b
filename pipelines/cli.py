"""The command line. A command reads its arguments and calls the stage of its name; imports wait until it does."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.compare import compare
from pipelines.compare_families.command import compare_families
from pipelines.curate_command import curate, decide
from pipelines.engines import address_option, engine_option, workers_option
from pipelines.exits import FAILED, Group
from pipelines.gate import gate
from pipelines.generate_command import generate
from pipelines.loop.command import loop
from pipelines.mitigate.command import mitigate
from pipelines.path_types import ANY, FILE, FOLDER
from pipelines.plan import plan
from pipelines.process import set_up_process
from pipelines.scrape_command import scrape
from pipelines.train_command import train
from pipelines.verify import verify

calibration_option = click.option(
    "--calibration",
    type=ANY,
    multiple=True,
    help="Table of pictures like the audited ones, with a column for what each shows: corrects the shares.",
)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="tain", message="tain %(version)s")
def cli() -> None:
    """Show people what an image-text dataset, and a generator trained on one, really reflect.

    \b
    Example:
      tain demo                    the whole loop on bundled pictures, then
      tain dashboard runs/demo     look at what it found
    """


def main() -> None:
    """Run the program `tain`."""
    set_up_process()
    cli(prog_name="tain")


@cli.command(resume_hint="run it again: finished stages are kept")
@click.option("--out", type=FOLDER, default=Path("runs/demo"), show_default=True, help="Folder for the two runs.")
def demo(out: Path) -> None:
    """Run the whole loop on the bundled sample.

    Curates it, paints the audit set, labels, measures, and writes the report. Made to be looked at first.

    \b
    Example:
      tain demo --out runs/demo
    """
    from pipelines.demo import run_demo

    run_demo(out)


@cli.command(resume_hint="remove what is at --out and run it again")
@click.argument("name", type=click.Choice(["openclipart", "emoji"]))
@click.option("--out", type=FOLDER, required=True, help="New folder for the pairs.")
def fetch(name: str, out: Path) -> None:
    """Build the full openclipart or emoji set of pairs.

    Needs a connection, and apt-get and dpkg (openclipart) or npm (emoji).

    \b
    Example:
      tain fetch emoji --out data/emoji
    """
    from pipelines.progress import console_progress
    from toolkit.sources.fetch import fetch as fetch_set

    with console_progress() as progress:
        folder = fetch_set(name, out, progress)
    click.echo(f"{folder} holds the set {name}; next: tain curate {folder} --out runs/{name}")


cli.add_command(scrape)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def doctor(as_json: bool) -> None:
    """Say what is installed, missing, and how to mend it.

    Exits with 1 where something that tain needs is missing.

    \b
    Example:
      tain doctor --json
    """
    from pipelines.doctor import run_doctor

    if not run_doctor(as_json=as_json):
        raise click.exceptions.Exit(1)


cli.add_command(curate)
cli.add_command(decide)


@cli.command(resume_hint="run it again with another --out")
@click.argument("run", type=FOLDER)
@click.option("--target", type=FILE, required=True, help="YAML file of shares: gender: {woman: 0.5, man: 0.5}.")
@click.option("--out", type=FOLDER, required=True, help="New run folder.")
@click.option("--cap", type=click.FloatRange(min=1, min_open=True), help="Greatest weight; the mean weight is 1.")
def balance(run: Path, target: Path, out: Path, cap: float | None) -> None:
    """Weigh kept pairs so that groups have chosen shares.

    No pair is dropped: the weights go to a table, with the effective sample size that they cost.

    \b
    Example:
      tain balance runs/mine --target balance.yaml --out runs/balanced
    """
    from pipelines.balance import run_balance

    run_balance(run, out, target=target, cap=cap)


@cli.command(resume_hint="remove what is at --out and run it again")
@click.argument("run")
@click.option(
    "--to",
    "form",
    type=click.Choice(["parquet", "webdataset", "imagefolder", "ids", "hub", "open_clip"]),
    required=True,
    help="Form to write; ids: which rows, no pictures; open_clip is for models.",
)
@click.option("--out", type=FOLDER, required=True, help="New folder.")
def export(run: str, form: str, out: Path) -> None:
    """Write kept pairs, or a model, for other programs.

    RUN is a curated run; with --to open_clip it is a model: zoo:clip, or a folder of tain train clip.

    \b
    Example:
      tain export runs/mine --to webdataset --out shards
      tain export zoo:clip --to open_clip --out clip-for-open_clip
    """
    if form == "open_clip":
        from pipelines.train import run_export_model

        run_export_model(run, out)
    else:
        from pipelines.export import run_export

        run_export(Path(run), form, out)


cli.add_command(train)
cli.add_command(compare_families)
cli.add_command(plan)
cli.add_command(generate)


@cli.command(resume_hint="run it again with another --out")
@click.argument("run", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="New run folder, or RUN itself to add the labels to it.")
@click.option("--data", type=FOLDER, help="Curated run whose pictures of the same concepts are labelled too.")
@calibration_option
@click.option("--recipe", type=FILE, help="YAML file of annotators and thresholds.")
@workers_option
@engine_option
@address_option
def label(
    run: Path,
    out: Path,
    data: Path | None,
    calibration: tuple[Path, ...],
    recipe: Path | None,
    workers: int | None,
    engine: str,
    address: str | None,
) -> None:
    """Say how people in the pictures are presented, or abstain.

    \b
    Example:
      tain label runs/painted --out runs/labelled
    """
    from pipelines.audit import run_label

    run_label(
        run, out, data=data, recipe=recipe, calibration=calibration, engine=engine, workers=workers, address=address
    )


@cli.command(resume_hint="run it again with another --out")
@click.argument("run", type=FOLDER, required=False)
@click.option("--samples", type=ANY, help="Table or folder of pictures that any other system painted.")
@click.option("--out", type=FOLDER, required=True, help="New run folder, or RUN itself to add the audit to it.")
@click.option("--data", type=FOLDER, help="Curated run to measure beside the pictures.")
@calibration_option
@click.option("--reviews", type=ANY, multiple=True, help="What people say of pictures: a run reviewed, or a CSV.")
@click.option("--recipe", type=FILE, help="YAML file of annotators, thresholds and reference.")
def audit(
    run: Path | None,
    samples: Path | None,
    out: Path,
    data: Path | None,
    calibration: tuple[Path, ...],
    reviews: tuple[Path, ...],
    recipe: Path | None,
) -> None:
    """Label pictures, measure whom they show, write the report.

    The pictures are those of RUN, or --samples of any other system.

    \b
    Example:
      tain audit runs/painted --out runs/audit --data runs/mine
      tain audit --samples theirs.csv --calibration known.csv --out runs/theirs
      tain audit runs/painted --reviews runs/audit --out runs/reviewed
    """
    given = [one for one in (run, samples) if one is not None]
    if len(given) != 1:
        raise click.UsageError(
            "give RUN, a run folder that tain generate wrote, or --samples, a table or folder; not both"
        )
    from pipelines.audit import run_audit
    from toolkit.report.stage import write_report

    audited = run_audit(given[0], out, data=data, recipe=recipe, calibration=calibration, reviews=reviews)
    click.echo(f"report: {write_report(audited)}")


cli.add_command(compare)
cli.add_command(gate)
cli.add_command(mitigate)
cli.add_command(loop)
cli.add_command(verify)


@cli.command()
@click.argument("run", type=FOLDER)
def report(run: Path) -> None:
    """Write the report of RUN again, from its tables.

    It is RUN/report/report.html, one file, and report.json beside it.

    \b
    Example:
      tain report runs/audit
    """
    from toolkit.report.stage import write_report

    click.echo(f"report: {write_report(run)}")


@cli.command()
@click.argument("run", type=FOLDER)
def datasheet(run: Path) -> None:
    """Write the datasheet of a curated RUN as Markdown.

    It answers the questions of Datasheets for Datasets that the tables can answer, and lists the others.

    \b
    Example:
      tain datasheet runs/mine
    """
    from toolkit.report.datasheet import write_datasheet

    click.echo(f"datasheet: {write_datasheet(run)}")


@cli.command()
@click.argument("runs", type=FOLDER, nargs=-1)
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="Port to serve on.")
@click.option(
    "--address", default="127.0.0.1", show_default=True, help="Address to serve on; the default is this machine."
)
@click.option("--headless", is_flag=True, help="Do not open a browser.")
def dashboard(runs: tuple[Path, ...], port: int, address: str, headless: bool) -> None:
    """Open the dashboard over run folders.

    RUNS are run folders, or folders of them; without any, the folder runs.

    \b
    Example:
      tain dashboard runs/demo
    """
    from dashboards.launch import launch

    try:
        status = launch(list(runs or (Path("runs"),)), port=port, headless=headless, address=address)
    except KeyboardInterrupt:  # the usual way to leave it
        return
    if status:
        raise click.exceptions.Exit(FAILED)


if __name__ == "__main__":  # torchrun starts a module
    main()
