"""The house: who may import whom, what `import toolkit` loads, how long a file may be, what the packages carry."""

import ast
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("toolkit", "pipelines", "dashboards")
STAGES = {"curate", "train", "generate", "audit", "mitigate"}
VAGUE = {"utils", "util", "helpers", "helper", "misc", "common", "manager", "managers", "stuff"}


def modules(package):
    """Return the Python files of `package` by dotted name."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


ALL = {name: path for package in PACKAGES for name, path in modules(package).items()}


def imports_of(name, path, *, only_at_import=False):
    """Return the dotted names that a file imports anywhere, or only while it is itself imported."""
    tree = ast.parse(path.read_text("utf-8"))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for node in walk(tree, into_functions=not only_at_import):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def walk(tree, *, into_functions):
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not into_functions and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            waiting.extend(node.orelse)
            continue
        waiting.extend(ast.iter_child_nodes(node))


def room_of(name):
    """Return the room inside toolkit that a dotted name lies in."""
    parts = name.split(".")
    return parts[1] if parts[0] == "toolkit" and len(parts) > 1 else None


def offences(packages, forbidden):
    """Return `module -> import` for each import of a module in `packages` that `forbidden(module, import)` names."""
    return [
        f"{name} -> {one}"
        for name, path in ALL.items()
        if name.split(".")[0] in packages
        for one in sorted(imports_of(name, path))
        if forbidden(name, one)
    ]


def test_the_reader_of_imports_sees_what_it_must(tmp_path):
    file = tmp_path / "module.py"
    file.write_text(
        "import os.path\nfrom typing import TYPE_CHECKING\nfrom . import near\nfrom ..far import thing\n"
        "if TYPE_CHECKING:\n    import torch\ndef f():\n    from streamlit import write\n"
    )
    found = imports_of("toolkit.room.module", file)
    assert {"os.path", "toolkit.room.near", "toolkit.far.thing", "streamlit.write"} <= found
    assert "torch" not in found, "what only a type checker reads is not imported"
    assert "streamlit" not in imports_of("toolkit.room.module", file, only_at_import=True)
    assert len(ALL) > 50, "the reader found the packages"


def test_toolkit_imports_neither_pipelines_nor_dashboards_nor_streamlit():
    assert offences(["toolkit"], lambda _, one: one.split(".")[0] in ("pipelines", "dashboards", "streamlit")) == []


def test_pipelines_and_dashboards_meet_only_where_the_command_line_launches():
    assert offences(["dashboards"], lambda _, one: one.split(".")[0] == "pipelines") == []
    met = offences(["pipelines"], lambda _, one: one.split(".")[0] == "dashboards")
    assert {one.split(" -> ")[0] for one in met} <= {"pipelines.cli"}


def test_the_stages_never_import_one_another():
    def crosses(name, one):
        return room_of(name) in STAGES and room_of(one) in STAGES - {room_of(name)}

    assert offences(["toolkit"], crosses) == []


def test_statistics_are_numbers_only():
    allowed = {"numpy", "scipy", "statsmodels", *sys.stdlib_module_names}

    def strange(name, one):
        return room_of(name) == "statistics" and one.split(".")[0] not in allowed and room_of(one) != "statistics"

    assert offences(["toolkit"], strange) == []


def test_reports_and_dashboards_need_no_model():
    def heavy(name, one):
        reads_only = name.split(".")[0] == "dashboards" or room_of(name) == "report"
        return reads_only and (one.split(".")[0] in ("torch", "open_clip", "diffusers") or room_of(one) == "models")

    assert offences(["toolkit", "dashboards"], heavy) == []


def test_no_package_loads_anything_heavy_by_being_imported():
    heavy = {"torch", "torchvision", "open_clip", "diffusers", "transformers", "datasets", "streamlit", "pandas"}
    packages = {name: path for name, path in ALL.items() if path.name == "__init__.py"}
    loaded = {name: {one.split(".")[0] for one in imports_of(name, path, only_at_import=True)} & heavy
              for name, path in packages.items()}  # fmt: skip
    assert {name for name, found in loaded.items() if found} == set()


def test_import_toolkit_is_light():
    program = (
        "import sys, toolkit; print(' '.join(sorted({'torch', 'streamlit', 'torchvision', 'open_clip', 'transformers',"
        " 'diffusers', 'datasets', 'pandas', 'pyarrow', 'scipy'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_public_name_of_toolkit_can_be_had():
    import toolkit

    assert 10 <= len(toolkit.__all__) <= 16, "a documented API of a dozen names"
    for name in toolkit.__all__:
        assert callable(getattr(toolkit, name)), name
        assert name in toolkit.__doc__, f"toolkit.{name} is not documented"
    with pytest.raises(AttributeError, match="no attribute 'curat'"):
        toolkit.curat  # noqa: B018


def test_every_file_can_be_read_in_one_sitting():
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in ALL.items()}
    assert {name: count for name, count in lines.items() if count > 350} == {}


def test_every_name_says_what_is_inside():
    assert [name for name in ALL if {part.strip("_") for part in name.split(".")} & VAGUE] == []


def test_what_is_public_says_what_it_does():
    silent = []
    for name in (one for one in ALL if one.startswith("toolkit")):
        tree = ast.parse(ALL[name].read_text("utf-8"))
        public = [
            node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
        ]
        silent += [name] if not ast.get_docstring(tree) else []
        silent += [f"{name}.{node.name}" for node in public if not ast.get_docstring(node)]
    assert silent == []


def test_the_packages_carry_their_data():
    assert list((files("toolkit") / "zoo" / "sample").iterdir()), "the bundled sample"
    for name in ("clip", "latent"):
        inside = {path.name for path in (files("toolkit") / "zoo" / name).iterdir()}
        assert {"config.json", "model.safetensors", "README.md"} <= inside, f"zoo:{name} with its card"
    assert (files("toolkit") / "py.typed").is_file()
    assert (files("pipelines") / "recipes" / "probes-demo.yaml").is_file()


def test_the_bundled_files_keep_to_their_budget():
    zoo = ROOT / "toolkit" / "zoo"
    mebibytes = {
        kind: sum(one.stat().st_size for one in zoo.rglob(kind)) / 2**20 for kind in ("*.parquet", "*.safetensors")
    }
    assert 0 < mebibytes["*.parquet"] <= 12
    assert 0 < mebibytes["*.safetensors"] <= 24
