"""Whether what came from a template still is what was given."""

from pathlib import Path, PurePosixPath

import pytest
from template_builder import SRC_PROJECT, adder, planned, user_project, write_template

from conc_advisor.scaffolding.apply import apply
from conc_advisor.scaffolding.catalogue import Templates
from conc_advisor.scaffolding.copies import Copy, State, check_copies
from conc_advisor.scaffolding.generate import Wishes
from conc_advisor.scaffolding.manifest import read_manifest
from conc_advisor.scaffolding.project import Project, look_at

CODE_PATH, TEST_PATH = "src/my_pkg/adder.py", "tests/test_adder.py"


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    """Return the small template alone."""
    return Templates(by_name={"adder": adder(tmp_path / "t")})


@pytest.fixture
def project(tmp_path: Path, templates: Templates) -> Project:
    """Return a project that has the small template, with a name changed."""
    project = user_project(
        tmp_path / "p", {**SRC_PROJECT, ".venv/lib/x.py": "# conc-advisor scaffold x (conc-advisor 1); yours to change\n"}
    )
    apply(planned(templates.find("adder"), project, Wishes(names={"add_up": "plus"})), project.root)
    return project


def checked(project: Project, templates: Templates) -> dict[str, Copy]:
    """Return the copies by their paths."""
    return {str(copy.path): copy for copy in check_copies(project, templates)}


def states(project: Project, templates: Templates) -> dict[str, State]:
    """Return their states alone."""
    return {path: copy.state for path, copy in checked(project, templates).items()}


def test_fresh_copies_are_identical(project: Project, templates: Templates) -> None:
    """Found by their headers; those in hidden folders are somebody else's."""
    assert states(project, templates) == {CODE_PATH: State.IDENTICAL, TEST_PATH: State.IDENTICAL}


def test_a_change_is_told_with_the_difference(project: Project, templates: Templates) -> None:
    """From what was given to what is there."""
    path = project.root / CODE_PATH
    path.write_text(path.read_text().replace("first + second", "first - second"))
    copy = checked(project, templates)[CODE_PATH]
    assert copy.state is State.CHANGED
    assert b"\n-    return Total(value=first + second)\n+    return Total(value=first - second)\n" in copy.diff


def test_other_newlines_and_another_version_are_no_change(project: Project, templates: Templates) -> None:
    """They are not the user's doing."""
    path = project.root / CODE_PATH
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n").replace(b", conc-advisor ", b", conc-advisor 9."))
    assert states(project, templates)[CODE_PATH] is State.IDENTICAL


def test_code_that_was_moved_is_identical_and_its_test_follows(project: Project, templates: Templates) -> None:
    """The import in the test is compared with where the code lies now."""
    (project.root / "src/my_pkg/sub").mkdir()
    (project.root / CODE_PATH).rename(project.root / "src/my_pkg/sub/adder.py")
    assert states(project, templates)[TEST_PATH] is State.CHANGED
    test = project.root / TEST_PATH
    test.write_text(test.read_text().replace("my_pkg.adder", "my_pkg.sub.adder"))
    assert set(states(project, templates).values()) == {State.IDENTICAL}


def test_a_test_without_its_code_is_compared_as_it_was_given(project: Project, templates: Templates) -> None:
    """Where the code went is not known."""
    (project.root / CODE_PATH).unlink()
    assert states(project, templates) == {TEST_PATH: State.IDENTICAL}


def test_a_template_that_is_gone_is_unknown(project: Project, tmp_path: Path) -> None:
    """With the reason."""
    other = read_manifest(write_template(tmp_path / "u", "other") / "template.toml")
    copy = checked(project, Templates(by_name={"other": other}))[CODE_PATH]
    assert (copy.state, copy.why) == (State.UNKNOWN, "there is no template 'adder'")


@pytest.mark.parametrize("name", ["renamed.py", "test_other.py"])
def test_a_file_that_was_renamed_is_found_by_its_header(project: Project, templates: Templates, name: str) -> None:
    """Which says what file of the template it was; its test is compared with the name that its code has now."""
    (project.root / CODE_PATH).rename(project.root / "src/my_pkg" / name)
    assert states(project, templates) == {f"src/my_pkg/{name}": State.IDENTICAL, TEST_PATH: State.CHANGED}
    test = project.root / TEST_PATH
    test.write_text(test.read_text().replace("my_pkg.adder", f"my_pkg.{name.removesuffix('.py')}"))
    assert set(states(project, templates).values()) == {State.IDENTICAL}


@pytest.mark.parametrize(("old", "new"), [(CODE_PATH, "src/my_pkg/sub/plus.py"), (TEST_PATH, "tests/unit/test_plus.py")])
def test_a_file_that_was_moved_and_renamed_is_compared(project: Project, templates: Templates, old: str, new: str) -> None:
    """And a change in it is told."""
    path = project.root / new
    path.parent.mkdir()
    (project.root / old).rename(path)
    assert states(project, templates)[new] is State.IDENTICAL
    path.write_text(path.read_text() + "# more\n")
    copy = checked(project, templates)[new]
    assert (copy.state, copy.diff.endswith(b"\n+# more\n")) == (State.CHANGED, True)


def test_a_copy_of_the_copy_is_compared_too(project: Project, templates: Templates) -> None:
    """Beside the first; the test belongs to neither alone, and is compared as it was given."""
    (project.root / "src/my_pkg/again.py").write_text((project.root / CODE_PATH).read_text())
    assert set(states(project, templates).values()) == {State.IDENTICAL}


def test_a_renamed_file_whose_header_does_not_say_which_it_was_is_unknown(project: Project, templates: Templates) -> None:
    """In words that say why; under its own name it is known."""
    path = project.root / CODE_PATH
    path.write_text(path.read_text().replace("(adder.py, ", "("))
    assert states(project, templates)[CODE_PATH] is State.IDENTICAL
    path.rename(path.with_name("plus.py"))
    copy = checked(project, templates)["src/my_pkg/plus.py"]
    assert (copy.state, copy.why) == (State.UNKNOWN, "its header does not say which file it was, and adder has no file plus.py")


def test_a_file_that_the_template_no_longer_has_is_unknown(project: Project, templates: Templates) -> None:
    """As its header names it."""
    path = project.root / CODE_PATH
    path.write_text(path.read_text().replace("(adder.py, ", "(gone.py, "))
    copy = checked(project, templates)[CODE_PATH]
    assert (copy.state, copy.why) == (State.UNKNOWN, "adder has no file gone.py")


def test_a_header_that_was_taken_away_ends_it(project: Project, templates: Templates) -> None:
    """It is the user's file then, and no more ours to look at."""
    path = project.root / CODE_PATH
    path.write_text(path.read_text().split("\n", 1)[1])
    assert set(states(project, templates)) == {TEST_PATH}


def test_one_template_alone(project: Project, templates: Templates, tmp_path: Path) -> None:
    """Where it is named."""
    other = read_manifest(write_template(tmp_path / "u", "other") / "template.toml")
    assert check_copies(project, templates, only=other) == ()
    assert len(check_copies(project, templates, only=templates.find("adder"))) == 2


def test_a_folder_that_was_told_is_remembered(tmp_path: Path, templates: Templates) -> None:
    """The header repeats it."""
    project = user_project(tmp_path / "q")
    apply(planned(templates.find("adder"), project, Wishes(folder=PurePosixPath("src/my_pkg/deep"))), project.root)
    found = checked(look_at(project.root), templates)
    assert {copy.provenance.folder for copy in found.values()} == {"src/my_pkg/deep"}
    assert {copy.state for copy in found.values()} == {State.IDENTICAL}
