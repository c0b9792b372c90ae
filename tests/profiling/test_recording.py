"""A recording comes back as it was written, and a damaged one is an error in plain words."""

import os
import sys
import zipfile
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

import msgspec
import pytest
from builders import MAIN, RecordingBuilder, blocked, frame, running

from conc_advisor.concurrency import BlockKind
from conc_advisor.errors import RecordingError
from conc_advisor.profiling import recording as module
from conc_advisor.profiling.recording import ACTIVITIES, ACTIVITY_CODE, NO_STACK, Recording, RecordingWriter, SampleBlock, StackTable


def small(folder: Path) -> Recording:
    builder = RecordingBuilder(folder)
    main, other = builder.thread("MainThread"), builder.thread("naïve ☃ \x1b[31m")
    builder.during(0.2, {main: running(*MAIN), other: blocked(BlockKind.FILE, frame("f", "/a b/ü.py", 7))})
    return builder.limit("the GIL", "no permission").build()


def rewrite(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change one member of a recording; the zip's own checksums stay right."""
    with zipfile.ZipFile(path) as file:
        members = {each: file.read(each) for each in file.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(path, "w") as file:
        for each, data in members.items():
            file.writestr(each, data)


def samples_of(recording: Recording) -> list[tuple[float, ...]]:
    return [row for block in recording.blocks() for row in zip(*block.columns, strict=True)]


def test_a_recording_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = small(tmp_path)
    read = Recording.load(written.path)
    assert read.header == written.header
    assert [read.stacks.path(stack) for stack in range(len(read.stacks))] == [
        written.stacks.path(stack) for stack in range(len(written.stacks))
    ]
    assert len(samples_of(read)) == 40
    assert samples_of(read)[0][:4] == (10_000, 0, read.stacks.intern(MAIN), ACTIVITY_CODE[ACTIVITIES[0]])


def test_no_samples_is_a_recording_too(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    builder.thread("MainThread")
    assert samples_of(Recording.load(builder.build().path)) == []


def test_samples_are_read_block_by_block_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_SAMPLES", 10)
    builder = RecordingBuilder(tmp_path)
    threads = {builder.thread(f"t{number}"): running(*MAIN) for number in range(4)}
    read = Recording.load(builder.during(0.5, threads).build().path)
    sizes = [len(block) for block in read.blocks()]
    assert sum(sizes) == 200
    assert max(sizes) <= 12, "a block ends with the sweep that fills it"
    times = [row[0] for row in samples_of(read)]
    assert times == sorted(times)


def test_reading_holds_one_block_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_SAMPLES", 10)
    builder = RecordingBuilder(tmp_path)
    recording = builder.during(0.5, {builder.thread("t"): running(*MAIN)}).build()
    read = 0
    original = module._read_block

    def counting(samples: IO[bytes], head: bytes) -> SampleBlock:
        nonlocal read
        read += 1
        return original(samples, head)

    monkeypatch.setattr(module, "_read_block", counting)
    blocks = recording.blocks()
    next(blocks)
    next(blocks)
    assert read == 2


def test_big_endian_machines_read_and_write_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are swapped on the way in exactly when the machine says it is big-endian."""
    recording = small(tmp_path)
    native = samples_of(recording)
    monkeypatch.setattr(sys, "byteorder", "big")
    swapped = array("Q", [int(native[0][0])])
    swapped.byteswap()
    with pytest.raises(RecordingError, match="refers to something"):
        samples_of(recording)
    assert module._little_endian(array("Q", [int(native[0][0])])) == swapped.tobytes()


def test_leaving_without_finish_removes_the_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), RecordingWriter(tmp_path / "r.zip"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_an_existing_recording_is_replaced_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "r.zip"
    path.write_bytes(b"before")
    with RecordingWriter(path):
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"before"


def test_a_folder_that_is_not_there_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot write the recording") as caught:
        RecordingWriter(tmp_path / "no" / "r.zip")
    assert "--save" in caught.value.hint


def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = small(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    folder = tmp_path / "full"
    folder.mkdir()
    monkeypatch.setattr(zipfile.ZipFile, "writestr", refuse)
    with pytest.raises(RecordingError, match="No space left"), RecordingWriter(folder / "r.zip") as writer:
        writer.finish(template.header, template.stacks)
    assert list(folder.iterdir()) == []


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there is no recording"):
        Recording.load(tmp_path / "gone.zip")


@pytest.fixture(params=["folder", "pipe", "device", "link to a folder"])
def no_regular_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the path of something that is there and cannot be a recording."""
    place = tmp_path / "there"
    match request.param:
        case "folder":
            place.mkdir()
        case "pipe":
            os.mkfifo(place)
        case "device":
            return Path(os.devnull)
        case _:
            place.symlink_to(tmp_path)
    return place


def test_what_is_no_regular_file_is_not_a_recording(no_regular_file: Path) -> None:
    """And a pipe is not waited for."""
    with pytest.raises(RecordingError, match="is not a regular file"):
        Recording.load(no_regular_file)


def test_what_is_no_regular_file_is_not_replaced_by_a_recording(no_regular_file: Path) -> None:
    before = no_regular_file.lstat()
    with pytest.raises(RecordingError, match="is not a regular file") as caught:
        RecordingWriter(no_regular_file)
    assert "--save" in caught.value.hint
    assert (no_regular_file.lstat().st_ino, no_regular_file.lstat().st_mode) == (before.st_ino, before.st_mode)


@pytest.mark.parametrize("there", [True, False], ids=["link to a file", "link to nothing yet"])
def test_a_link_is_written_through(tmp_path: Path, *, there: bool) -> None:
    """It stays a link, and the recording is where it points."""
    template = small(tmp_path)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    real, link = folder / "real.zip", tmp_path / "link.zip"
    if there:
        real.write_bytes(b"before")
    link.symlink_to(real)
    with RecordingWriter(link) as writer:
        assert [each.name for each in folder.iterdir() if each != real] == [f"real.zip.{os.getpid()}.part"]
        writer.finish(template.header, template.stacks)
    assert link.readlink() == real
    assert Recording.load(real).header == Recording.load(link).header == template.header
    assert list(folder.iterdir()) == [real]


def test_two_writers_of_one_name_do_not_share_their_halves(tmp_path: Path) -> None:
    """The half recording bears the number of its process."""
    with RecordingWriter(tmp_path / "r.zip"):
        assert [each.name for each in tmp_path.iterdir()] == [f"r.zip.{os.getpid()}.part"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", b"\x00" * 1000])
def test_another_kind_of_file_is_not_a_recording(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.zip"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="not a recording, or it is damaged"):
        Recording.load(path)


@pytest.mark.parametrize("member", ["recording.json", "stacks.json", "samples.bin"])
def test_a_missing_part_is_damage(tmp_path: Path, member: str) -> None:
    path = small(tmp_path).path
    with zipfile.ZipFile(path) as file:
        members = {each: file.read(each) for each in file.namelist() if each != member}
    with zipfile.ZipFile(path, "w") as file:
        for each, data in members.items():
            file.writestr(each, data)
    with pytest.raises(RecordingError, match="damaged"):
        Recording.load(path)


def test_another_schema_is_named(tmp_path: Path) -> None:
    path = small(tmp_path).path
    rewrite(path, "recording.json", lambda data: data.replace(b"conc-advisor.recording/1", b"conc-advisor.recording/9"))
    with pytest.raises(RecordingError, match="recording/9") as caught:
        Recording.load(path)
    assert "update conc-advisor" in caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        lambda header: replace(header, threads=(replace(header.threads[0], process=9),)),
        lambda header: replace(header, threads=(replace(header.threads[0], process=-1),)),
        lambda header: replace(header, event_loops=(module.EventLoopInfo(thread=5, implementation="asyncio", callbacks_counted=True),)),
    ],
    ids=["process too high", "process negative", "loop of no thread"],
)
def test_a_header_that_refers_to_nothing_is_damage(tmp_path: Path, change: Callable[[module.Header], module.Header]) -> None:
    recording = small(tmp_path)
    rewrite(recording.path, "recording.json", lambda _: msgspec.json.encode(change(recording.header)))
    with pytest.raises(RecordingError, match="refers to something that is not there"):
        Recording.load(recording.path)


@pytest.mark.parametrize(
    "table",
    [
        {"frames": [], "parents": [], "leaves": []},
        {"frames": [], "parents": [0, 1], "leaves": [0, 0]},
        {"frames": [], "parents": [0, 0], "leaves": [0, 0]},
        {"frames": [], "parents": [0], "leaves": [0, 0]},
        {"frames": "x", "parents": [0], "leaves": [0]},
        {"parents": [0], "leaves": [0]},
        [],
    ],
)
def test_a_table_of_stacks_that_makes_no_sense_is_damage(tmp_path: Path, table: object) -> None:
    path = small(tmp_path).path
    rewrite(path, "stacks.json", lambda _: msgspec.json.encode(table))
    with pytest.raises(RecordingError, match="damaged"):
        Recording.load(path)


@pytest.mark.parametrize("cut", [1, 7, 8, 9, 100])
def test_samples_cut_short_are_damage(tmp_path: Path, cut: int) -> None:
    path = small(tmp_path).path
    rewrite(path, "samples.bin", lambda data: data[:-cut] if cut > 8 else data + data[:cut])
    with pytest.raises(RecordingError, match="damaged"):
        samples_of(Recording.load(path))


def test_samples_of_no_thread_are_damage(tmp_path: Path) -> None:
    recording = small(tmp_path)
    header = replace(recording.header, threads=recording.header.threads[:1])
    rewrite(recording.path, "recording.json", lambda _: msgspec.json.encode(header))
    with pytest.raises(RecordingError, match="a sample refers to something"):
        samples_of(Recording.load(recording.path))


def test_flipped_bits_anywhere_never_end_in_another_exception(tmp_path: Path) -> None:
    """Whatever byte is damaged, the recording is read or `RecordingError` is raised."""
    path = small(tmp_path).path
    good = path.read_bytes()
    errors = 0
    for place in range(0, len(good), 3):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :])
        try:
            samples_of(Recording.load(path))
        except RecordingError:
            errors += 1
    assert errors > len(good) // 6


def test_a_path_of_frames_is_interned_once() -> None:
    table = StackTable()
    path = [frame("a"), frame("b"), frame("a")]
    assert table.intern(path) == table.intern(path)
    assert table.path(table.intern(path)) == path
    assert len(table) == 4
    assert table.leaf(table.parent(table.intern(path))) == frame("b")


def test_the_empty_path_has_no_leaf() -> None:
    table = StackTable()
    assert table.path(NO_STACK) == []
    with pytest.raises(LookupError):
        table.leaf(NO_STACK)


def test_a_loaded_table_goes_on_interning() -> None:
    table = StackTable()
    known = table.intern([frame("a"), frame("b")])
    loaded = StackTable.from_bytes(table.to_bytes())
    assert loaded.intern([frame("a"), frame("b")]) == known
    assert loaded.path(loaded.intern([frame("a"), frame("c")])) == [frame("a"), frame("c")]


def test_counts_too_large_for_their_column_are_capped() -> None:
    block = SampleBlock()
    block.append(time_us=1, thread=0, stack=0, activity=0, seconds=0.1, switches=1_000_000)
    assert block.switches[0] == 0xFFFF
