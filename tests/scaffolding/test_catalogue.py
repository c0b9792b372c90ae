"""The templates: where they lie, and what a manifest must say."""

from pathlib import Path

import pytest
from template_builder import CODE, MANIFEST, NAMES, adder, manifest, write_template

import conc_advisor
from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.errors import UsageError
from conc_advisor.scaffolding.catalogue import Kind, bundled_folder, load_templates


def test_a_manifest_is_read(tmp_path: Path) -> None:
    """Every key."""
    text = manifest(
        '[names]\nTotal = "the sum"\n[older]\n"3.8" = "none"\n',
        related='["other"]',
        packages="[\"httpx[http2]>=0.27; python_version > '3'\"]",
    )
    template = adder(tmp_path, text=text)
    assert (template.name, template.kind, template.models) == ("adder", Kind.THREADS, (ConcurrencyModel.THREADS,))
    assert (template.python, template.older) == ((3, 9), {(3, 8): "none"})
    assert (template.modules, template.tests, template.files) == (("adder.py",), ("test_adder.py",), ("adder.py", "test_adder.py"))
    assert (template.names, template.related) == ({"Total": "the sum"}, ("other",))
    assert template.packages == ("httpx[http2]>=0.27; python_version > '3'",)
    assert template.source("adder.py") == CODE
    assert template.page.is_file()


def test_several_modules_may_be_given_as_a_list(tmp_path: Path) -> None:
    """And a template may be without names, packages and the like."""
    text = manifest("", module=None, modules='["adder.py", "other.py"]', packages=None, test_packages=None, related=None)
    assert adder(tmp_path, text=text, files={"other.py": ""}).modules == ("adder.py", "other.py")


@pytest.mark.parametrize(
    ("keys", "key", "expected"),
    [
        ({"summary": None}, "summary", "to be there"),
        ({"summary": "3"}, "summary", "a sentence on one line, not 3"),
        ({"use": '""'}, "use", "a sentence"),
        ({"models": '"threads"'}, "models", "a list of texts"),
        ({"models": '["thread"]'}, "models", "any of sequential, asyncio"),
        ({"kind": '"thread"'}, "kind", "one of asyncio, threads"),
        ({"python": '"3.11"'}, "python", 'like ">=3.11"'),
        ({"python": "3.11"}, "python", "the lowest version"),
        ({"python": '">=3.11,<4"'}, "python", "the lowest version"),
        ({"packages": '["=httpx"]'}, "packages", "requirements as pip reads them"),
        ({"packages": '["httpx\\u001b[2J"]'}, "packages", "requirements as pip reads them"),
        ({"packages": '["--index-url=x"]'}, "packages", "requirements as pip reads them"),
        ({"test_packages": '"pytest"'}, "test_packages", "a list of texts"),
        ({"module": '"missing.py"'}, "module", "names of Python files beside the manifest, not 'missing.py'"),
        ({"module": '"../adder.py"'}, "module", "names of Python files"),
        ({"module": '"/etc/passwd"'}, "module", "names of Python files"),
        ({"module": None}, "module", "one of module"),
        ({"modules": '["adder.py"]'}, "module", "one of module"),
        ({"tests": '["no.py"]'}, "tests", "names of Python files"),
        ({"related": "[1]"}, "related", "a list of texts"),
    ],
)
def test_a_mistake_names_file_key_and_what_was_expected(tmp_path: Path, keys: dict[str, str | None], key: str, expected: str) -> None:
    """So that it can be mended without a look at our code."""
    with pytest.raises(UsageError) as error:
        adder(tmp_path, text=manifest(NAMES, **keys))
    assert f"{key} in {tmp_path}/adder/template.toml: expected " in error.value.message
    assert expected in error.value.message


@pytest.mark.parametrize(
    ("tail", "key"),
    [
        ("names = 3\n", "names"),
        ("[names]\nTotal = 3\n", "names"),
        ('[names]\n"a b" = "x"\n', "names"),
        ('[older]\n"2.7" = "x"\n', "older"),
        ('[older]\nnew = "x"\n', "older"),
    ],
)
def test_a_mistake_in_a_table(tmp_path: Path, tail: str, key: str) -> None:
    """The same."""
    with pytest.raises(UsageError, match=f"{key} in .*template.toml: expected "):
        adder(tmp_path, text=manifest(tail))


def test_an_unknown_key_gets_the_nearest(tmp_path: Path) -> None:
    """Nothing that was written is silently ignored."""
    with pytest.raises(UsageError, match=r"'summery' in .* is not a key") as error:
        adder(tmp_path, text=manifest(summery='"x"'))
    assert error.value.hint == "did you mean summary?"


@pytest.mark.parametrize("text", ["summary = \n", "= 3"])
def test_a_manifest_that_is_not_toml(tmp_path: Path, text: str) -> None:
    """Names the file and the line."""
    with pytest.raises(UsageError, match=r"template\.toml is not valid TOML: .*line 1"):
        adder(tmp_path, text=text)


def test_a_template_without_a_page_is_none(tmp_path: Path) -> None:
    """Explain needs it."""
    folder = write_template(tmp_path)
    (folder / "README.md").unlink()
    with pytest.raises(UsageError, match=r"README\.md in .* expected a file"):
        load_templates([tmp_path])


@pytest.mark.parametrize("folder", ["Adder", "adder_x", "adder-", "a b"])
def test_a_folder_is_called_as_templates_are(tmp_path: Path, folder: str) -> None:
    """Its name is what is typed."""
    write_template(tmp_path, folder)
    with pytest.raises(UsageError, match="lower-case words"):
        load_templates([tmp_path])


@pytest.mark.parametrize("below", [".", "adder"])
def test_templates_of_the_users_own(tmp_path: Path, below: str) -> None:
    """A folder that is one, or a folder of such."""
    write_template(tmp_path)
    (tmp_path / "notes").mkdir()
    templates = load_templates([tmp_path / below])
    assert templates.find("adder").folder == tmp_path / "adder"
    assert set(load_templates().by_name) < set(templates.by_name)


def test_a_folder_without_templates_is_a_mistake(tmp_path: Path) -> None:
    """Somebody meant something by it."""
    with pytest.raises(UsageError, match="holds no template"):
        load_templates([tmp_path])


def test_no_template_shadows_another(tmp_path: Path) -> None:
    """A bundled one neither."""
    name = next(iter(load_templates().by_name))
    write_template(tmp_path, name)
    with pytest.raises(UsageError, match=f"the template '{name}' in .* has the name of another"):
        load_templates([tmp_path])


@pytest.mark.parametrize("name", ["adder", "Adder", " adder "])
def test_a_name_may_be_typed_carelessly(tmp_path: Path, name: str) -> None:
    """In capitals, with spaces around."""
    write_template(tmp_path)
    assert load_templates([tmp_path]).find(name).name == "adder"


@pytest.mark.parametrize(
    ("name", "hint"), [("ader", "did you mean adder"), ("qqqq", "conc-advisor scaffold --list"), ("../adder", "adder")]
)
def test_an_unknown_name_gets_the_nearest(tmp_path: Path, name: str, hint: str) -> None:
    """Or the command that lists all."""
    write_template(tmp_path)
    with pytest.raises(UsageError, match="there is no template") as error:
        load_templates([tmp_path]).find(name)
    assert hint in error.value.hint


def test_templates_stand_by_kind_and_name() -> None:
    """As the list shows them."""
    templates = list(load_templates().by_name.values())
    assert templates == sorted(templates, key=lambda each: (list(Kind).index(each.kind), each.name))


def test_the_bundled_ones_are_found_in_a_wheel_and_in_a_checkout(tmp_path: Path) -> None:
    """Inside the package where they are there, beside it otherwise."""
    package = tmp_path / "conc_advisor"
    package.mkdir()
    assert bundled_folder(package) == tmp_path / "templates"
    (package / "templates").mkdir()
    assert bundled_folder(package) == package / "templates"
    assert bundled_folder().parent in {Path(conc_advisor.__file__).parent, Path(conc_advisor.__file__).parents[1]}


def test_the_builder_knows_every_key() -> None:
    """So that the mistakes above are the only ones in their manifests."""
    assert set(MANIFEST) >= {"summary", "models", "kind", "use", "avoid", "python", "tests"}
    assert NAMES.startswith("[names]")
