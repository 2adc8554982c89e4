import os
from pathlib import Path

import pytest

from sandboxes.folders import KernelFolder, UntrustedFileError, read_untrusted
from sandboxes.inside.trees import remove_tree


@pytest.fixture
def folder(tmp_path: Path) -> KernelFolder:
    return KernelFolder.create(tmp_path, None)


def _link(path: Path) -> None:
    (path.parent / "target").write_text("secret")
    path.symlink_to("target")


def _second_name(path: Path) -> None:
    (path.parent / "first").write_text("secret")
    path.hardlink_to(path.parent / "first")


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


TRAPS = {
    "a link": _link,
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
    "a second name of a file": _second_name,
    "a file that claims a terabyte": _large,
    "nothing": lambda path: None,
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_in_the_outbox_is_not_read(folder: KernelFolder, trap: str):
    TRAPS[trap](folder.outbox / "result")

    with pytest.raises(UntrustedFileError):
        folder.take("result", 1000)


def test_a_plain_file_is_read_once(folder: KernelFolder):
    (folder.outbox / "result").write_bytes(b"x" * 1000)

    assert folder.take("result", 1000) == b"x" * 1000
    assert not (folder.outbox / "result").exists()


def test_an_outbox_that_was_replaced_by_a_link_is_still_the_old_one(
    folder: KernelFolder, tmp_path: Path
):
    folder.outbox.rename(folder.path / "moved")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "result").write_text("secret")
    folder.outbox.symlink_to(elsewhere)

    with pytest.raises(UntrustedFileError):
        folder.take("result", 1000)


def test_the_inbox_never_writes_through_a_name_that_is_there(folder: KernelFolder, tmp_path: Path):
    (folder.inbox / "job").symlink_to(tmp_path / "victim")

    with pytest.raises(FileExistsError):
        folder.put("job", [b"x"])
    assert not (tmp_path / "victim").exists()


def test_reading_stops_at_the_limit(tmp_path: Path):
    (tmp_path / "f").write_bytes(b"x" * 1001)
    descriptor = os.open(tmp_path, os.O_RDONLY)

    with pytest.raises(UntrustedFileError, match="more than 1000 bytes"):
        read_untrusted("f", 1000, descriptor)
    os.close(descriptor)


def test_a_tree_of_any_depth_is_removed(tmp_path: Path):
    here = os.getcwd()
    (tmp_path / "tree").mkdir()
    os.chdir(tmp_path / "tree")
    for _ in range(1100):
        os.mkdir("deeper")
        os.chdir("deeper")
    os.chdir(here)

    remove_tree(str(tmp_path / "tree"))

    assert list(tmp_path.iterdir()) == []


def test_removing_a_tree_follows_no_link(tmp_path: Path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    tree = tmp_path / "tree"
    (tree / "inner").mkdir(parents=True)
    (tree / "link").symlink_to(tmp_path / "precious")
    (tree / "inner" / "link").symlink_to("../../precious")

    remove_tree(str(tree))

    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
    assert (tmp_path / "precious" / "file").exists()


def test_a_tree_without_permissions_is_removed(tmp_path: Path):
    tree = tmp_path / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    (tree / "a" / "b" / "file").touch()
    (tree / "a" / "b").chmod(0)
    (tree / "a").chmod(0)
    tree.chmod(0)

    remove_tree(str(tree))

    assert not tree.exists()


def test_removing_what_is_not_there_is_fine(tmp_path: Path):
    remove_tree(str(tmp_path / "nothing"))
