"""Customers of the old system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select, update

from app.domain.customers.model import Consent, ConsentPurpose, Customer, CustomerKind, CustomerPhone
from app.domain.imports import normalise as read
from app.domain.imports.importer import Draft, Importer, fill_or_keep
from app.domain.imports.notes import Note, Outcome
from app.domain.imports.reading import Line
from app.domain.staff.pinyin import search_key

_KINDS = {
    CustomerKind.PRIVATE: "个人 私人 私家 个人客户 private person individual",
    CustomerKind.COMPANY: "公司 单位 企业 公司客户 企业客户 机关 company corporate",
    CustomerKind.FLEET: "车队 租赁 大客户 fleet",
    CustomerKind.INSURER: "保险公司 保险 insurer insurance",
    CustomerKind.VIP: "vip 贵宾 重要客户",
}
KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_YES = {"是", "y", "yes", "true", "1", "同意", "√", "有", "接受"}
_NO = {"否", "n", "no", "false", "0", "不同意", "×", "x", "拒绝", "不接受"}

FIELDS = (
    "name",
    "kind",
    "contact_name",
    "gender",
    "address",
    "postcode",
    "birthday",
    "grade",
    "adviser_name",
    "customer_since",
)


class CustomerImporter(Importer):
    """Identity is the customer number; the same name with the same telephone is the same person."""

    kind = "customers"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.by_number: dict[str, tuple[int | None, dict[str, Any]]] = {}
        self.by_person: dict[tuple[str, str], str] = {}
        self.staged: list[dict[str, Any]] = []
        self.changes: list[tuple[str, dict[str, Any]]] = []
        columns = [getattr(Customer, name) for name in FIELDS]
        for id_, number, *values in self.session.execute(select(Customer.id, Customer.legacy_number, *columns)):
            if number:
                self.by_number[number] = (id_, dict(zip(FIELDS, values, strict=True)))
        known = select(CustomerPhone.number, Customer.name, Customer.legacy_number).join(Customer)
        for phone, name, number in self.session.execute(known.where(Customer.merged_into_id.is_(None))):
            self.by_person.setdefault((name, phone), number or "")

    def take(self, line: Line) -> Iterable[tuple[int, list[Note]]]:
        draft, usable = self.open(line)
        yield line.row, (self._decide(draft) if usable else draft.notes)

    def _decide(self, draft: Draft) -> list[Note]:
        number = draft.take(read.code(draft.cell("number"), "number", longest=20))
        name = draft.take(read.text(draft.cell("name"), "name", longest=120))
        if not number:
            return draft.reject("number", "missing")
        if not name:
            return draft.reject("name", "missing")
        phones = dict(draft.take(read.phones(draft.cell("mobile"), "mobile")))
        phones |= dict(draft.take(read.phones(draft.cell("phone"), "phone")))
        values = self._values(draft, name)
        known = self.by_number.get(number)
        if known is not None:
            return self._again(draft, number, known, values)
        twin = next((self.by_person[name, p] for p in phones if self.by_person.get((name, p))), "")
        if twin:
            draft.merge("number", "same_person", number, twin)
            changes = fill_or_keep(draft, self.by_number[twin][1], values, frozenset({"name", "kind"}))
            self._change(twin, changes)
        for phone in phones:
            self.by_person.setdefault((name, phone), number)
        granted = self._consent(draft)
        remark = draft.remark(draft.take(read.text(draft.cell("remark"), "remark", longest=2000, lines=True)))
        row = values | {"number": number, "legacy_number": number, "remark": remark, "pinyin": search_key(name)}
        self.by_number[number] = (None, values)
        self.staged.append({"row": row, "phones": {} if twin else phones, "sms": granted, "twin": twin})
        return draft.notes

    def _values(self, draft: Draft, name: str) -> dict[str, Any]:
        word = draft.take(read.text(draft.cell("kind"), "kind", longest=40))
        kind = KIND_OF.get(word.lower(), CustomerKind.PRIVATE)
        if word and word.lower() not in KIND_OF:
            draft.warn("kind", "unknown_value", word, kind.value)
            draft.remarks.append(word)
        born = draft.take(read.day(draft.cell("birthday"), "birthday", self.today, earliest=1900))
        return {
            "name": name,
            "kind": kind,
            "contact_name": draft.take(read.text(draft.cell("contact"), "contact", longest=80)),
            "gender": draft.take(read.text(draft.cell("gender"), "gender", longest=10)),
            "address": draft.take(read.text(draft.cell("address"), "address", longest=300)),
            "postcode": draft.take(read.code(draft.cell("postcode"), "postcode", longest=10)),
            "birthday": born,
            "grade": draft.take(read.code(draft.cell("grade"), "grade", longest=2)),
            "adviser_name": draft.take(read.text(draft.cell("adviser"), "adviser", longest=80)),
            "customer_since": draft.take(read.day(draft.cell("since"), "since", self.today)),
        }

    def _consent(self, draft: Draft) -> bool | None:
        word = draft.take(read.code(draft.cell("sms"), "sms", longest=20)).lower()
        if not word:
            return None
        if word not in _YES | _NO:
            # No consent is read out of a word that we do not know.
            draft.warn("sms", "unknown_value", word, "否")
        return word in _YES

    def _again(
        self, draft: Draft, number: str, known: tuple[int | None, dict[str, Any]], values: dict[str, Any]
    ) -> list[Note]:
        if known[1]["name"] != values["name"]:
            draft.notes = [note for note in draft.notes if note.outcome is not Outcome.NORMALISED]
            return draft.reject("number", "conflict", f"{number} {values['name']}")
        draft.merge("number", "duplicate_row" if known[0] is None else "kept_existing", number, number)
        self._change(number, fill_or_keep(draft, known[1], values))
        return draft.notes

    def _change(self, number: str, changes: dict[str, Any]) -> None:
        if changes:
            self.by_number[number][1].update(changes)
            self.changes.append((number, changes))

    def flush(self) -> None:
        if self.staged:
            self._insert()
        for number, changes in self.changes:
            statement = update(Customer).where(Customer.legacy_number == number)
            self.session.execute(statement.values(**changes, version=Customer.version + 1))
        self.changes = []

    def _insert(self) -> None:
        rows = [entry["row"] | {"created_at": self.now, "version": 1, "credit_limit_fen": 0} for entry in self.staged]
        added = self.session.execute(
            insert(Customer).returning(Customer.id, sort_by_parameter_order=True), rows
        ).scalars()
        phones, consents = [], []
        for id_, entry in zip(added.all(), self.staged, strict=True):
            number = entry["row"]["legacy_number"]
            self.by_number[number] = (id_, self.by_number[number][1])
            phones += [{"customer_id": id_, "number": n, "label": label} for n, label in entry["phones"].items()]
            if entry["sms"] is not None:
                consents.append(
                    {
                        "customer_id": id_,
                        "purpose": ConsentPurpose.SMS,
                        "granted": entry["sms"],
                        "at": self.now,
                        "source": "import",
                        "actor": self.actor.name,
                    }
                )
        for entry in self.staged:
            if entry["twin"]:
                # The merged number stays findable: its row points to the customer that is kept.
                kept = self.by_number[entry["twin"]][0]
                merged = update(Customer).where(Customer.legacy_number == entry["row"]["legacy_number"])
                self.session.execute(merged.values(merged_into_id=kept))
        if phones:
            self.session.execute(insert(CustomerPhone), phones)
        if consents:
            self.session.execute(insert(Consent), consents)
        self.staged = []
