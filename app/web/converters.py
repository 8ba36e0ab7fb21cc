"""URL parts that cannot overflow a database column, and requests that carry impossible characters."""

from __future__ import annotations

from flask import Flask, abort, request
from werkzeug.routing import BaseConverter


class RowId(BaseConverter):
    """``<row:id>``: a positive 31-bit integer in plain digits; anything else is no such page."""

    regex = r"[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        return int(value)


class DocumentNumber(BaseConverter):
    """``<number:number>``: a document number such as RO-202611-0001."""

    regex = r"[A-Z]{2}-[0-9]{6}-[0-9]{4,6}"


def _bound(app: Flask) -> None:
    """Hold a plain form to the limits that Werkzeug knows for multipart only; aborts with 413."""
    request.max_content_length = app.config["MAX_FORM_MEMORY_SIZE"]
    if request.get_data(cache=True, parse_form_data=False).count(b"&") >= app.config["MAX_FORM_PARTS"]:
        abort(413)


def init_app(app: Flask) -> None:
    """Register the converters and refuse text that no database can store."""
    app.url_map.converters["row"] = RowId
    app.url_map.converters["number"] = DocumentNumber

    @app.before_request
    def _refuse_impossible_text() -> None:
        if "\0" in request.path:
            abort(404)
        if request.mimetype != "multipart/form-data":
            _bound(app)
        for source in (request.args, request.form):
            for name, value in source.items(multi=True):
                if "\0" in value or "\0" in name:
                    abort(400)
                try:
                    value.encode()
                    name.encode()
                except UnicodeEncodeError:  # a lone surrogate
                    abort(400)
