"""From a template and a project to a plan: places, imports, headers, newlines, what is there already."""

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from template_builder import CODE, SRC_PROJECT, TEST, adder, manifest, planned, tree, user_project

from conc_advisor.errors import ProjectError, RefusedError, UsageError
from conc_advisor.scaffolding.apply import apply
from conc_advisor.scaffolding.generate import Role, Wishes
from conc_advisor.scaffolding.imports import rewrite_imports
from conc_advisor.scaffolding.plan import Plan, Verb
from conc_advisor.scaffolding.project import look_at
from conc_advisor.scaffolding.provenance import Provenance, header, split_header

FLAT = {"setup.py": "", "p/__init__.py": "", "tests/x.py": ""}
FLAT_PACKAGED_TESTS = {**FLAT, "tests/__init__.py": ""}
INNER_TESTS = {"setup.py": "", "p/__init__.py": "", "p/tests/__init__.py": ""}
SCRIPTS = {"a.py": ""}
CODE_PATH = "src/my_pkg/adder.py"
PROOF = manifest(kind='"proof"')


def text(plan: Plan, path: str) -> str:
    """Return what a plan puts at a path."""
    return next(action.content for action in plan.actions if str(action.path) == path).decode()


@pytest.mark.parametrize(
    ("files", "folder", "proof", "code", "test", "import_"),
    [
        (SRC_PROJECT, None, False, "src/my_pkg/adder.py", "tests/test_adder.py", "my_pkg.adder"),
        (SRC_PROJECT, "src/my_pkg/sub", False, "src/my_pkg/sub/adder.py", "tests/test_adder.py", "my_pkg.sub.adder"),
        (SRC_PROJECT, "src", False, "src/adder.py", "tests/test_adder.py", "adder"),
        (SRC_PROJECT, "examples", False, "examples/adder.py", "tests/test_adder.py", "examples.adder"),
        (SRC_PROJECT, ".", False, "adder.py", "tests/test_adder.py", "adder"),
        (FLAT, None, False, "p/adder.py", "tests/test_adder.py", "p.adder"),
        (FLAT, "tests", False, "tests/adder.py", "tests/test_adder.py", "adder"),
        (FLAT_PACKAGED_TESTS, None, False, "p/adder.py", "tests/test_adder.py", "p.adder"),
        (FLAT_PACKAGED_TESTS, "tests", False, "tests/adder.py", "tests/test_adder.py", ".adder"),
        (INNER_TESTS, None, False, "p/adder.py", "p/tests/test_adder.py", "p.adder"),
        (INNER_TESTS, None, True, "p/tests/adder.py", "p/tests/test_adder.py", ".adder"),
        (SRC_PROJECT, None, True, "tests/adder.py", "tests/test_adder.py", "adder"),
        (SCRIPTS, None, False, "adder.py", "test_adder.py", "adder"),
        (SCRIPTS, "src", False, "src/adder.py", "test_adder.py", "adder"),
        (SCRIPTS, "src/x", False, "src/x/adder.py", "test_adder.py", "x.adder"),
        (SCRIPTS, "tests", False, "tests/adder.py", "tests/test_adder.py", "adder"),
        (SCRIPTS, "tests/unit", False, "tests/unit/adder.py", "tests/test_adder.py", "tests.unit.adder"),
        (SCRIPTS, "lib", False, "lib/adder.py", "test_adder.py", "lib.adder"),
        ({**SCRIPTS, "tests/x.py": ""}, None, False, "adder.py", "tests/test_adder.py", "adder"),
    ],
)
def test_places_and_imports(  # noqa: PLR0913  # a row of the table
    tmp_path: Path, files: dict[str, str | bytes], folder: str | None, *, proof: bool, code: str, test: str, import_: str
) -> None:
    """Code in the package, tests among the tests, and the one finds the other: the new test passes."""
    project = user_project(tmp_path / "p", files)
    template = adder(tmp_path / "t", text=PROOF if proof else None)
    plan = planned(template, project, Wishes(folder=None if folder is None else PurePosixPath(folder)))
    paths = {action.role: str(action.path) for action in plan.actions if action.role is not Role.PACKAGE}
    assert paths == {Role.CODE: code, Role.TEST: test}
    assert f"\nfrom {import_} import Total, add_up\n" in text(plan, test)
    assert split_header(text(plan, code))[1] == CODE
    apply(plan, project.root)
    source = str(project.root / ("src" if code.startswith("src/") else "."))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    answer = subprocess.run(command, cwd=project.root, env={"PYTHONPATH": source}, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    again = planned(template, look_at(project.root), Wishes(folder=None if folder is None else PurePosixPath(folder)))
    assert {action.verb for action in again.actions} == {Verb.IDENTICAL}


def test_no_test_where_none_is_wanted(tmp_path: Path) -> None:
    """And then the folder need not be one that can be imported from."""
    project = user_project(tmp_path / "p")
    plan = planned(adder(tmp_path / "t"), project, Wishes(folder=PurePosixPath("my-scripts"), with_tests=False))
    assert [str(action.path) for action in plan.actions] == ["my-scripts/adder.py"]


@pytest.mark.parametrize(
    "name", ["test_all", "testing", "Test", "TestTotal", "pytestmark", "setup_module", "setUpModule", "teardown_function"]
)
def test_a_name_that_pytest_would_collect_is_refused(tmp_path: Path, name: str) -> None:
    """Where the test file imports it; without the test it is as good as any."""
    project = user_project(tmp_path / "p")
    template = adder(tmp_path / "t")
    with pytest.raises(UsageError, match=rf"add_up cannot become {name}: test_adder\.py imports it"):
        planned(template, project, Wishes(names={"add_up": name}))
    plan = planned(template, project, Wishes(names={"add_up": name}, with_tests=False))
    assert f"def {name}(" in text(plan, CODE_PATH)


@pytest.mark.parametrize(
    ("names", "import_"),
    [
        ({"add_up": "latest"}, "from adder import Total, add_up"),
        ({"add_up": "setup_total"}, "from adder import Total, add_up"),
        ({"add_up": "contest_all"}, "from adder import Total, add_up"),
        ({"Total": "Attest"}, "from adder import Total, add_up"),
        ({"add_up": "test_all"}, "from adder import Total, add_up as add_up_"),
        ({"add_up": "test_all"}, "import adder\nTotal = adder.Total"),
    ],
)
def test_a_name_that_pytest_lets_alone_may_be_given(tmp_path: Path, names: dict[str, str], import_: str) -> None:
    """Other beginnings, and what the test file knows by another name or behind a dot."""
    test = TEST.replace("from adder import Total, add_up", import_)
    if import_ != "from adder import Total, add_up":
        test = test.replace("add_up(", "add_up_(") if " as " in import_ else test.replace("add_up(", "adder.add_up(")
    template = adder(tmp_path / "t", files={"test_adder.py": test})
    plan = planned(template, user_project(tmp_path / "p"), Wishes(names=names))
    assert all(new in text(plan, CODE_PATH) for new in names.values())


@pytest.mark.parametrize("folder", ["my-scripts", "src/my_pkg/class", "src/my_pkg/a b"])
def test_a_folder_that_no_test_can_import_from(tmp_path: Path, folder: str) -> None:
    """Is refused, with the two ways out."""
    with pytest.raises(RefusedError, match="is not an identifier") as error:
        planned(adder(tmp_path / "t"), user_project(tmp_path / "p"), Wishes(folder=PurePosixPath(folder)))
    assert "--no-test" in error.value.hint


def test_several_packages_are_asked_about(tmp_path: Path) -> None:
    """Which one is meant is the user's to say."""
    project = user_project(tmp_path / "p", {"setup.py": "", "a/__init__.py": "", "b/__init__.py": ""})
    with pytest.raises(RefusedError, match="several packages: a, b") as error:
        planned(adder(tmp_path / "t"), project)
    assert "--dir a" in error.value.hint


def test_names_are_changed_in_code_and_test(tmp_path: Path) -> None:
    """And the imports stay sorted."""
    plan = planned(adder(tmp_path / "t"), user_project(tmp_path / "p"), Wishes(names={"add_up": "Sum", "Total": "outcome"}))
    assert "from my_pkg.adder import Sum, outcome\n" in text(plan, "tests/test_adder.py")
    assert '__all__ = ["outcome", "Sum"]' in text(plan, "src/my_pkg/adder.py")
    assert '"""What `Sum` returns."""' in text(plan, "src/my_pkg/adder.py")
    assert text(plan, "src/my_pkg/adder.py").splitlines()[0] == "# conc-advisor scaffold adder --name add_up=Sum --name Total=outcome"


def test_a_name_that_no_module_defines_is_the_manifests_mistake(tmp_path: Path) -> None:
    """It is said there."""
    template = adder(tmp_path / "t", text=manifest('[names]\nnone = "x"\n'))
    with pytest.raises(UsageError, match=r"names in .*template\.toml: expected names that adder\.py defines, not 'none'"):
        planned(template, user_project(tmp_path / "p"), Wishes(names={"none": "other"}))


def test_a_second_run_is_all_identical(tmp_path: Path) -> None:
    """Whichever version wrote the first."""
    project = user_project(tmp_path / "p")
    template = adder(tmp_path / "t")
    apply(planned(template, project), project.root)
    assert {action.verb for action in planned(template, project).actions} == {Verb.IDENTICAL}
    path = project.root / "src/my_pkg/adder.py"
    path.write_text(path.read_text().replace(", conc-advisor ", ", conc-advisor 99."))
    assert {action.verb for action in planned(template, project).actions} == {Verb.IDENTICAL}


@pytest.mark.parametrize("change", ["# more\n", " "])
def test_what_the_user_changed_is_a_conflict(tmp_path: Path, change: str) -> None:
    """However little."""
    project = user_project(tmp_path / "p")
    template = adder(tmp_path / "t")
    apply(planned(template, project), project.root)
    path = project.root / "src/my_pkg/adder.py"
    path.write_text(path.read_text() + change)
    assert [action.verb for action in planned(template, project).actions] == [Verb.CONFLICT, Verb.IDENTICAL]


def test_a_plan_writes_nothing(tmp_path: Path) -> None:
    """It only looks."""
    project = user_project(tmp_path / "p")
    before = tree(tmp_path / "p")
    planned(adder(tmp_path / "t"), project, Wishes(folder=PurePosixPath("src/my_pkg/new")))
    assert tree(tmp_path / "p") == before


@pytest.mark.parametrize(
    ("files", "newline"),
    [
        ({}, b"\n"),
        ({"src/my_pkg/a.py": b"x = 1\r\ny = 1\r\n", "tests/b.py": b"x\r\n", "tests/c.py": b"x\r\n"}, b"\r\n"),
        ({"src/my_pkg/a.py": b"x = 1\r\n", "src/my_pkg/b.py": b"x\n", "src/my_pkg/c.py": b"x\n"}, b"\n"),
        ({".editorconfig": "[*]\nend_of_line = crlf\n[*.md]\nend_of_line = lf\n", "tests/test_old.py": ""}, b"\r\n"),
        ({".editorconfig": "[*.{js,py}]\nend_of_line=CRLF\n", "tests/test_old.py": ""}, b"\r\n"),
        ({".editorconfig": "[*.bat]\nend_of_line=crlf\n"}, b"\n"),
        ({".editorconfig": b"\xff"}, b"\n"),
    ],
)
def test_lines_end_as_they_do_beside_the_new_file(tmp_path: Path, files: dict[str, str | bytes], newline: bytes) -> None:
    """Else as .editorconfig says."""
    project = user_project(tmp_path / "p", {**SRC_PROJECT, **files})
    for action in planned(adder(tmp_path / "t"), project).actions:
        if action.role is Role.CODE or not files.get("src/my_pkg/a.py"):
            assert action.content.count(b"\n") == action.content.count(newline)
            assert (b"\r" in action.content) is (newline == b"\r\n")


def test_a_file_with_other_newlines_is_identical_and_keeps_them(tmp_path: Path) -> None:
    """Also when it is overwritten."""
    project = user_project(tmp_path / "p")
    template = adder(tmp_path / "t")
    apply(planned(template, project), project.root)
    path = project.root / "tests/test_adder.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert planned(template, project).actions[1].verb is Verb.IDENTICAL
    path.write_bytes(path.read_bytes() + b"# mine\r\n")
    action = planned(template, project).actions[1]
    assert (action.verb, action.content.count(b"\r\n")) == (Verb.CONFLICT, action.content.count(b"\n"))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"\x00"])
def test_a_file_that_is_no_text_is_a_conflict(tmp_path: Path, content: bytes) -> None:
    """It is somebody's."""
    project = user_project(tmp_path / "p", {**SRC_PROJECT, "src/my_pkg/adder.py": content})
    assert planned(adder(tmp_path / "t"), project).actions[0].verb is Verb.CONFLICT


def test_a_folder_in_the_way_is_refused(tmp_path: Path) -> None:
    """It cannot be overwritten."""
    project = user_project(tmp_path / "p", {**SRC_PROJECT, "src/my_pkg/adder.py/x": ""})
    with pytest.raises(RefusedError, match="exists and is not a file"):
        planned(adder(tmp_path / "t"), project)


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    """At the latest when it is written."""
    project = user_project(tmp_path / "p", {**SRC_PROJECT, "src/my_pkg/deep": "a file"})
    plan = planned(adder(tmp_path / "t"), project, Wishes(folder=PurePosixPath("src/my_pkg/deep")))
    with pytest.raises(ProjectError, match="cannot write src/my_pkg/deep/"):
        apply(plan, project.root)


def test_decisions_are_for_conflicts_only(tmp_path: Path) -> None:
    """A file that is created is created."""
    project = user_project(tmp_path / "p", {**SRC_PROJECT, "tests/test_adder.py": "mine"})
    plan = planned(adder(tmp_path / "t"), project)
    assert [action.verb for action in plan.all_decided(Verb.SKIP).actions] == [Verb.CREATE, Verb.SKIP]
    assert [str(action.path) for action in plan.all_decided(Verb.OVERWRITE).writes] == ["src/my_pkg/adder.py", "tests/test_adder.py"]
    assert [str(action.path) for action in plan.writes] == ["src/my_pkg/adder.py"]


PROVENANCES = [
    Provenance(template="adder"),
    Provenance(template="adder", folder="src/my_pkg", names=("a=b",)),
    Provenance(template="adder", folder="a b/it's", names=tuple(f"a_long_old_name_{n}=a_long_new_name_{n}" for n in range(9))),
    Provenance(template="adder", file="adder.py", version="0.2.0rc1+local.1"),
]


@pytest.mark.parametrize("provenance", PROVENANCES)
def test_a_header_says_again_what_it_was_told(provenance: Provenance) -> None:
    """In comments that are not wider than most linters allow; and the rest is the rest."""
    top = header(provenance)
    assert all(line.startswith("# ") and len(line) <= 88 for line in top.splitlines())
    assert top.endswith("yours to change\n")
    assert all(re.match(r"# conc-advisor scaffold |#   (--|\(|yours)", line) for line in top.splitlines())
    assert split_header(top + CODE) == (provenance, CODE)
    assert split_header(top + "# a comment\n" + CODE) == (provenance, "# a comment\n" + CODE)


@pytest.mark.parametrize(
    "source",
    [
        CODE,
        "",
        "# conc-advisor scaffold",
        "# conc-advisor scaffold x\n" + CODE,
        "# conc-advisor scaffold 'x (conc-advisor 1); yours to change\n",
    ],
)
def test_what_has_no_header_of_ours_has_none(source: str) -> None:
    """All of it is the file's own."""
    assert split_header(source) == (None, source)


@pytest.mark.parametrize(
    ("before", "place", "after"),
    [
        ("import adder\n", "p.adder", "from p import adder\n"),
        ("import adder\n", "p.q.adder", "from p.q import adder\n"),
        ("import adder as a\n", "p.adder", "from p import adder as a\n"),
        ("import adder\n", ".adder", "from . import adder\n"),
        ("import adder\n", "adder", "import adder\n"),
        ("from adder import b, A, C_D\n", "adder", "from adder import C_D, A, b\n"),
        ("from adder import (\n    a,\n    b,\n)\n", "p.adder", "from p.adder import (\n    a,\n    b,\n)\n"),
        ("from adder import a  # noqa: X\n", "p.adder", "from p.adder import a  # noqa: X\n"),
        ("from adder import (  # why\n    a,\n)\n", "p.adder", "from p.adder import (  # why\n    a,\n)\n"),
        ("if x:\n    from adder import b as c, a\n", ".adder", "if x:\n    from .adder import a, b as c\n"),
        (
            "from .adder import a\nfrom adders import a\nimport os, sys\n",
            "p.adder",
            "from .adder import a\nfrom adders import a\nimport os, sys\n",
        ),
        ("x = 'import adder'  # from adder import x\n", "p.adder", "x = 'import adder'  # from adder import x\n"),
        (f"from adder import {'a' * 40}, {'b' * 38}\n", "p.adder", f"from p.adder import {'a' * 40}, {'b' * 38}\n"),
        (f"from adder import {'a' * 40}, {'b' * 39}\n", "p.adder", f"from p.adder import (\n    {'a' * 40},\n    {'b' * 39},\n)\n"),
    ],
)
def test_imports_are_rewritten(before: str, place: str, after: str) -> None:
    """Those of the template's modules, sorted and wrapped as a formatter would; nothing else."""
    assert rewrite_imports(before, {"adder": place}) == after


def test_the_small_template_is_whole() -> None:
    """Its test imports what its code defines."""
    assert "from adder import Total, add_up" in TEST
