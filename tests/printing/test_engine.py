"""The print processes: bounded, replaceable, deaf to the network and to the disk, and never in the web worker."""

from __future__ import annotations

import contextlib
import http.server
import io
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
from PIL import Image
from pypdf import PdfReader

from app.printing import PrintFailed, PrintTimeout, html_to_pdf, pdf_of
from app.printing.engine import Bounds, Printer
from tests.printing import samples
from tests.printing.reading import pages, squeezed

ROOT = Path(__file__).resolve().parents[2]
PAGE = "<!doctype html><title>t</title><p>{}</p>"


@pytest.fixture
def printer() -> Iterator[Printer]:
    """One print process with bounds of its own; tests that need others replace them before the first page."""
    made = Printer(Bounds(processes=1))
    yield made
    made.close()


def process_of(printer: Printer) -> int:
    process = printer.presses[0].process
    assert process is not None
    return process.pid


def text_of(pdf: bytes) -> str:
    return "".join(pages(pdf))


def test_a_page_never_reaches_network_or_disk(tmp_path: Path) -> None:
    asked: list[str] = []

    class Listening(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/css")
            self.end_headers()
            self.wfile.write(b"p::after{content:'FETCHED'}")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    there = f"http://127.0.0.1:{server.server_port}"
    secret = tmp_path / "secret.css"
    secret.write_text("p::after{content:'FETCHED'}")
    try:
        for address in (
            there,
            f"file://{tmp_path}",
            f"ftp://127.0.0.1:{server.server_port}",
            f"HTTP://127.0.0.1:{server.server_port}",
            f"//127.0.0.1:{server.server_port}",
        ):
            css = f"{address}/secret.css"
            svg = (
                '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
                f'<image href="{css}" width="9" height="9"/><image xlink:href="{css}"/>'
                f'<use href="{css}#x"/><feImage href="{css}"/></svg>'
                f'<svg width="9" height="9"><style>@import "{css}";</style><rect fill="url({css}#a)" width="9" height="9"/></svg>'
            )
            page = f"""<!doctype html><html><head><title>t</title><base href="{address}/">
                <link rel="stylesheet" href="{css}"><link rel="stylesheet" href="secret.css">
                <link rel="attachment" href="{css}"><link rel="icon" href="{css}"><meta http-equiv="refresh" content="0;url={css}">
                <style>@import "{css}"; @import url(secret.css);
                  @font-face {{ font-family: far; src: url("{css}") }}
                  @page {{ background: url("{css}"); @top-center {{ content: url("{css}") }} }}
                  p {{ font-family: far; background: url("{css}"); border-image: url("{css}") 3; list-style: url("{css}");
                       mask-image: url("{css}") }} p::before {{ content: url("{css}") }}</style></head>
                <body><p>still printed</p><a rel="attachment" href="{css}">a</a><img src="{css}"><img srcset="{css} 2x">
                <picture><source srcset="{css}"><img src="secret.css"></picture><object data="{css}"></object><embed src="{css}">
                <iframe src="{css}"></iframe><video poster="{css}"></video><input type="image" src="{css}">{svg}</body></html>"""
            pdf = html_to_pdf(page)
            text = text_of(pdf)
            assert "stillprinted" in text
            assert "FETCHED" not in text
            assert not PdfReader(io.BytesIO(pdf)).attachments
            # For a colour profile WeasyPrint gives the whole page up; what counts is that it asked nobody.
            with contextlib.suppress(PrintFailed):
                html_to_pdf(f'<!doctype html><style>@color-profile --far {{ src: url("{css}") }}</style>')
    finally:
        server.shutdown()
    assert asked == []


def test_a_data_address_is_not_loaded_either() -> None:
    pdf = html_to_pdf(
        "<!doctype html><title>t</title><link rel=stylesheet href=\"data:text/css,p::after{content:'FETCHED'}\"><p>here"
    )
    assert text_of(pdf) == "here"


def test_pictures_that_are_handed_over_are_printed() -> None:
    pdf = html_to_pdf('<!doctype html><title>t</title><img src="portal:photo/1">', {"photo/1": samples.photo()})
    (picture,) = PdfReader(io.BytesIO(pdf)).pages[0].images
    assert picture.image is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture at all",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"\xff\xd8\xff" + b"broken" * 50,
        samples.photo()[:2000],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    ],
)
def test_a_broken_picture_leaves_the_rest_of_the_document(content: bytes) -> None:
    sheet = samples.inspection_sheet(1)
    sheet = replace(sheet, damages=(replace(sheet.damages[0], photo=content),))
    assert samples.CAR.plate in text_of(pdf_of(sheet))


def test_a_picture_of_absurd_size_leaves_the_rest_of_the_document() -> None:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")  # 110 kB that unpack to 900 million pixels
    pdf = html_to_pdf('<!doctype html><title>t</title><p>here<img src="portal:bomb">', {"bomb": out.getvalue()})
    assert text_of(pdf) == "here"


def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_prints(printer: Printer) -> None:
    printer.print("html", PAGE.format("warm"), {})
    slow = Printer(Bounds(processes=1, seconds=0.6))
    try:
        slow.warm_up()
        before = process_of(slow)
        began = time.monotonic()
        with pytest.raises(PrintTimeout):
            slow.print("html", PAGE.format("<table>" + "<tr><td>row<td>row" * 20_000 + "</table>"), {})
        assert time.monotonic() - began < 3
        assert not Path(f"/proc/{before}").exists()
        slow.warm_up()
        assert text_of(slow.print("html", PAGE.format("next"), {})) == "next"
    finally:
        slow.close()


def test_who_waits_in_vain_for_a_free_process_is_told() -> None:
    busy = Printer(Bounds(processes=1, seconds=1.5))
    try:
        busy.warm_up()
        monster = PAGE.format("<table>" + "<tr><td>row<td>row" * 20_000 + "</table>")
        with ThreadPoolExecutor(2) as threads:
            both = [threads.submit(busy.print, "html", monster, {}) for _ in range(2)]
            for one in both:
                with pytest.raises(PrintTimeout):
                    one.result()
    finally:
        busy.close()


def test_a_process_that_was_killed_is_replaced_without_anybody_noticing(printer: Printer) -> None:
    printer.warm_up()
    first = process_of(printer)
    os.kill(first, 9)
    assert text_of(printer.print("html", PAGE.format("again"), {})) == "again"
    assert process_of(printer) != first


def test_a_process_goes_after_its_share_of_documents() -> None:
    few = Printer(Bounds(processes=1, documents=2))
    try:
        seen = set()
        for number in range(4):
            few.warm_up()
            seen.add(process_of(few))
            assert text_of(few.print("html", PAGE.format(number), {})) == str(number)
        assert len(seen) == 2
    finally:
        few.close()


def test_a_process_that_nobody_needs_goes_home_and_comes_back() -> None:
    idle = Printer(Bounds(processes=1, idle_seconds=0.2))
    try:
        assert text_of(idle.print("html", PAGE.format(1), {})) == "1"
        first = idle.presses[0].process
        assert first is not None
        assert first.wait(5) == 0
        assert text_of(idle.print("html", PAGE.format(2), {})) == "2"
    finally:
        idle.close()


def test_a_process_may_not_take_more_memory_than_its_bound() -> None:
    small = Printer(Bounds(processes=1, data_mb=260, seconds=60))
    try:
        with pytest.raises(PrintFailed):
            small.print("html", PAGE.format("<p>x" * 200_000), {})
        assert text_of(small.print("html", PAGE.format("next"), {})) == "next"
    finally:
        small.close()


@dataclass(frozen=True)
class Nonsense:
    TEMPLATE: ClassVar[str] = "no_such_template.html"


def test_a_document_that_cannot_be_printed_fails_alone(printer: Printer) -> None:
    printer.warm_up()
    first = process_of(printer)
    with pytest.raises(PrintFailed) as caught:
        printer.print("document", Nonsense(), "en")
    assert "no_such_template" in caught.value.reason
    assert "no_such_template" not in str(caught.value)
    assert process_of(printer) == first


def test_a_language_without_documents_is_refused() -> None:
    with pytest.raises(ValueError, match="fr"):
        pdf_of(samples.job_card(1), "fr")


def test_each_thread_gets_its_own_document() -> None:
    def one(number: int) -> bool:
        card = replace(samples.job_card(1), order_number=f"RO-202611-{number:04d}", words=f"Wort {number}")
        text = text_of(pdf_of(card, ("zh_Hans_CN", "en")[number % 2]))
        return f"RO-202611-{number:04d}" in text and f"Wort{number}" in text

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(one, range(24)))


def test_a_print_process_knows_no_secret_of_the_portal(printer: Printer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary-of-the-keys")
    monkeypatch.setenv("DATABASE_URL", "postgresql://canary")
    printer.warm_up()
    assert b"canary" not in Path(f"/proc/{process_of(printer)}/environ").read_bytes()


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_web_worker_never_loads_the_print_library() -> None:
    out = run(
        """
        import sys
        from tests.printing import samples
        from app.printing import pdf_of
        assert pdf_of(samples.job_card(1), "en").startswith(b"%PDF")
        print([name for name in ("weasyprint", "fontTools", "pydyf", "segno", "tinycss2") if name in sys.modules])
        """
    )
    assert out.strip() == "[]"


def test_parent_and_forked_worker_both_print_and_leave_nothing_behind() -> None:
    out = run(
        """
        import os
        from app.printing import html_to_pdf, engine
        page = "<!doctype html><title>t</title><p>x"
        assert html_to_pdf(page).startswith(b"%PDF")
        child = os.fork()
        if child == 0:
            ok = html_to_pdf(page).startswith(b"%PDF")
            print([p.process.pid for p in engine._the_printer().presses if p.process], flush=True)
            os._exit(0 if ok else 1)  # as a worker that was killed: no clean-up runs
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert html_to_pdf(page).startswith(b"%PDF")
        print([p.process.pid for p in engine._the_printer().presses if p.process])
        """
    )
    ours = [int(number) for line in out.splitlines() for number in line.strip("[]").split(",")]
    assert len(ours) == 2
    deadline = time.monotonic() + 5
    while any(running(pid) for pid in ours) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(running(pid) for pid in ours)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_an_order_with_a_hostile_text_prints_it_as_text() -> None:
    card = replace(samples.job_card(1), words="</div><style>@import 'http://127.0.0.1:9/x';</style>")
    assert squeezed("</div><style>@import'http://127.0.0.1:9/x';</style>") in text_of(pdf_of(card))
