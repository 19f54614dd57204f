"""The one gate: every view gets its photos from houses/visibility.py, or from a list below."""

import ast

import pytest
from werkzeug.exceptions import NotFound

from houses import visibility
from tests.test_imports import ROOT, imports

PACKAGES = ("auth", "houses", "moderation", "web")
# What leads to a photo.
ROWS = {"Photo", "Footprint", "Report", "Page", "Case"}
# What views may call besides the gate, and which photos it returns.
LISTS = {
    "houses.photos.add": "the one that the member has just added",
    "houses.photos.find_by_upload": "the member's own",
    "houses.listings.street": "public ones",
    "houses.house_of_the_day.find": "a public one",
    "houses.listings.house": "public ones; hidden ones for their owner and operators",
    "houses.listings.photos_beside": "public ones",
    "houses.listings.newest_footprints": "of a photo from the gate",
    "houses.footprints.by_neighbour_and_day": "those that it is given",
    "houses.listings.visits": "the member's own",
    "houses.listings.liked": "public ones",
    "houses.listings.neighbours": "none",
    "moderation.cases.queue": "those to decide about, for operators",
    "moderation.reports.reports_of": "the one that it is given",
}


def source_files():
    yield from ROOT.glob("*.py")
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def module_name(file):
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def functions_that_return_photos():
    """Yield the full name of each function of the site whose result leads to a photo."""
    for file in source_files():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.returns:
                names = {each.id for each in ast.walk(node.returns) if isinstance(each, ast.Name)}
                if names & ROWS:
                    yield f"{module_name(file)}.{node.name}"


def calls(file):
    """Yield the full name of what a module calls, as far as it was imported: listings.street."""
    imported = {name.rpartition(".")[2]: name for name in imports(file)}
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            name, dot, rest = ast.unparse(node.func).partition(".")
            yield imported.get(name, f"{module_name(file)}.{name}") + dot + rest


def views():
    files = [file for file in source_files() if "Blueprint(" in file.read_text()]
    assert {"pages.py", "views.py", "operator.py"} <= {file.name for file in files}
    return files


def test_views_get_photos_from_the_gate_alone():
    doors = set(functions_that_return_photos())
    assert set(LISTS) <= doors

    elsewhere = {
        f"{module_name(file)} calls {name}"
        for file in views()
        for name in calls(file)
        if name in doors - set(LISTS) and not name.startswith("houses.visibility.")
    }

    assert not elsewhere


def test_views_do_not_query_photos_themselves():
    """A class of models.py has queries of its own, such as Photo.query."""
    attributes = {
        f"{module_name(file)}: {ast.unparse(node)}"
        for file in views()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ROWS
    }

    assert not attributes


def test_the_gate_refuses_others_than_operators_without_help_from_the_view(jieun, visitor):
    path = jieun.hang_photo()

    for neighbour in (jieun, visitor):
        with neighbour.client, pytest.raises(NotFound):
            neighbour.get(path)
            visibility.find_photo_for_operator(1)
