"""What is generated is what is committed, the package is whole, and the README's examples run."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib

import pytest

from tests.conftest import CHECKOUT

FOLDER = CHECKOUT / "clients" / "python"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_generated_files_are_up_to_date():
    spec = importlib.util.spec_from_file_location("generate", FOLDER / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    for path, text in generate.generated().items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale: python clients/python/generate.py"


def test_the_package_names_its_folders_and_is_typed():
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())
    folders = {".".join(p.parent.relative_to(FOLDER).parts) for p in (FOLDER / "ecc_client").rglob("__init__.py")}
    assert set(project["tool"]["setuptools"]["packages"]) == folders
    assert (FOLDER / "ecc_client" / "py.typed").is_file()


def test_it_imports_nothing_of_the_platform_and_no_extra():
    code = (
        f"import sys; sys.path = [p for p in sys.path if p != {str(CHECKOUT)!r}]; import ecc_client; "
        "print({'api', 'fleet', 'storage', 'pyarrow', 'pandas'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(FOLDER)},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "set()\n"


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"example {n}" for n in range(1, len(EXAMPLES) + 1)])
def test_the_examples_of_the_readme_run(example, server, program, owner, world, monkeypatch, capsys):
    from tests.clients.test_columns import ROWS

    if not world.conn.execute("SELECT 1 FROM reading LIMIT 1").fetchone():
        world.readings("digger", ROWS)
        world.state("digger", {"engine_speed_rpm": 1500.0, "fuel_level_pct": 62.0})
    for name, value in (("ECC_KEY", program.secret), ("ECC_CLIENT_ID", program.id), ("ECC_SECRET", program.secret)):
        monkeypatch.setenv(name, str(value))
    code = example.replace("https://ecc.example", server.address).replace("pin:ECC00EX0001234567", "pin:PIN-digger")
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert os.environ["ECC_KEY"]
    assert capsys.readouterr().err == ""
