"""As much of Google Sheets as the exporter needs: with quotas, errors and answers that get lost."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

KNOWN = "known"


@dataclass
class Grid:
    sheet_id: int
    rows: int
    columns: int
    cells: dict[tuple[int, int], Any] = field(default_factory=dict)

    def values(self, first: tuple[int, int], last: tuple[int, int]) -> list[list[Any]]:
        """As Google tells them: without empty cells and rows at the end."""
        found = [
            _stripped([self.cells.get((row, column), "") for column in range(first[1], last[1] + 1)])
            for row in range(first[0], last[0] + 1)
        ]
        while found and not found[-1]:
            found.pop()
        return found


@dataclass
class Sheets:
    """One spreadsheet, and what goes wrong with the requests to come."""

    address: str = ""
    grids: dict[str, Grid] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)  # of the next writes: "429", "500", "lost"
    writes: list[str] = field(default_factory=list)  # ranges, as they were written
    options: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, title: str, rows: int, columns: int) -> Grid:
        self.grids[title] = Grid(len(self.grids), rows, columns)
        return self.grids[title]

    def table(self, title: str) -> list[dict[str, str]]:
        grid = self.grids[title]
        titles, *rows = grid.values((1, 1), (grid.rows, grid.columns))
        return [dict(zip(titles, row, strict=False)) for row in rows]


class Handler(BaseHTTPRequestHandler):
    server: "Server"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if "/values/" in path:
            self._answer(self._read(path.partition("/values/")[2]))
        elif path.endswith(f"/{KNOWN}"):
            self._answer(self._document())
        else:
            self._refuse(404)

    def do_PUT(self) -> None:
        self._write(lambda: self._update(unquote(urlsplit(self.path).path).partition("/values/")[2]))

    def do_POST(self) -> None:
        self._write(self._batch_update)

    def _write(self, act: Any) -> None:
        sheets = self.server.sheets
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        with sheets.lock:
            fault = sheets.faults.pop(0) if sheets.faults else ""
            if fault in {"429", "500", "503"}:
                self._refuse(int(fault))
                return
            answer = act()
        if fault == "lost":  # it was done, and nobody hears of it
            self.close_connection = True
            return
        self._answer(answer)

    def _update(self, where: str) -> dict[str, Any]:
        sheets = self.server.sheets
        sheets.options |= set(parse_qs(urlsplit(self.path).query)["valueInputOption"])
        sheets.writes.append(where)
        title, first, _ = self._range(where)
        grid = sheets.grids[title]
        for down, row in enumerate(self.body["values"]):
            for right, value in enumerate(row):
                if first[0] + down > grid.rows:
                    raise AssertionError(f"{where} is beyond the {grid.rows} rows of {title}")
                grid.cells[first[0] + down, first[1] + right] = value
        return {"updatedRange": where}

    def _batch_update(self) -> dict[str, Any]:
        sheets = self.server.sheets
        replies: list[dict[str, Any]] = []
        for one in self.body["requests"]:
            replies.append({})
            if "addSheet" in one:
                wanted = one["addSheet"]["properties"]
                size = wanted["gridProperties"]
                sheets.add(wanted["title"], size["rowCount"], size["columnCount"])
                replies[-1] = {"addSheet": {"properties": self._properties(wanted["title"])}}
            elif "updateSheetProperties" in one:
                wanted = one["updateSheetProperties"]["properties"]
                [grid] = [grid for grid in sheets.grids.values() if grid.sheet_id == wanted["sheetId"]]
                grid.rows = wanted["gridProperties"].get("rowCount", grid.rows)
        return {"spreadsheetId": KNOWN, "replies": replies}

    def _read(self, where: str) -> dict[str, Any]:
        title, first, last = self._range(where)
        return {
            "range": where,
            "majorDimension": "ROWS",
            "values": self.server.sheets.grids[title].values(first, last),
        }

    def _range(self, where: str) -> tuple[str, tuple[int, int], tuple[int, int]]:
        name, _, cells = where.partition("!")
        title = name.strip("'")
        grid = self.server.sheets.grids[title]
        if not cells:
            return title, (1, 1), (grid.rows, grid.columns)
        first, _, last = cells.partition(":")
        return title, _cell(first, (1, 1)), _cell(last or first, (grid.rows, grid.columns))

    def _document(self) -> dict[str, Any]:
        titles = self.server.sheets.grids
        return {
            "spreadsheetId": KNOWN,
            "properties": {"title": "Deals"},
            "sheets": [{"properties": self._properties(title)} for title in titles],
        }

    def _properties(self, title: str) -> dict[str, Any]:
        grid = self.server.sheets.grids[title]
        size = {"rowCount": grid.rows, "columnCount": grid.columns}
        return {
            "sheetId": grid.sheet_id,
            "title": title,
            "index": grid.sheet_id,
            "sheetType": "GRID",
            "gridProperties": size,
        }

    def _refuse(self, status: int) -> None:
        body = json.dumps({"error": {"code": status, "message": "not now", "status": "UNAVAILABLE"}}).encode()
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Silent."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    sheets: Sheets


@contextmanager
def serving() -> Iterator[Sheets]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.sheets = Sheets(f"http://127.0.0.1:{server.server_port}/v4/spreadsheets")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.sheets
        finally:
            server.shutdown()
            thread.join()


def _stripped(row: list[Any]) -> list[Any]:
    while row and row[-1] in ("", None):
        row.pop()
    return row


def _cell(text: str, default: tuple[int, int]) -> tuple[int, int]:
    found = re.fullmatch(r"([A-Z]*)(\d*)", text)
    assert found is not None, text
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2] or default[0]), column or default[1]
