"""Customers of the old system."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from app.domain.customers.model import Consent, ConsentPurpose, Customer, CustomerKind, CustomerPhone
from app.domain.imports import normalise as read
from app.domain.imports.importer import Draft, Importer, add_rows, add_rows_with_ids, fill_or_keep
from app.domain.imports.notes import Note, Outcome
from app.domain.imports.reading import Line
from app.domain.staff.pinyin import search_key

_KINDS = {
    CustomerKind.PRIVATE: "个人 私人 私家 私家车 个人用户 个人客户 个人车主 private person individual",
    CustomerKind.COMPANY: "公司 单位 企业 公司客户 企业客户 单位客户 机关 政府 集团 company corporate",
    CustomerKind.FLEET: "车队 租赁 大客户 fleet",
    CustomerKind.INSURER: "保险公司 保险 insurer insurance",
    CustomerKind.VIP: "vip 贵宾 重要客户",
}
KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_GENDERS = {"男": "男 男性 先生 m male mr", "女": "女 女性 女士 小姐 f female ms mrs"}
GENDER_OF = {word: gender for gender, words in _GENDERS.items() for word in words.split()}
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


@dataclass(slots=True)
class Known:
    """A customer that is there, or comes in with this file."""

    values: dict[str, Any]
    id: int | None = None
    phones: set[str] = field(default_factory=set)
    granted: bool | None = None
    fresh: bool = False  # comes in with this file
    kept: str = ""  # the number of the customer into which this one was merged


class CustomerImporter(Importer):
    """Identity is the customer number; the same name with the same telephone is the same person."""

    kind = "customers"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.by_number: dict[str, Known] = {}
        self.by_person: dict[tuple[str, str], str] = {}
        self.others: set[str] = set()  # numbers that the portal gave itself
        self.staged: list[dict[str, Any]] = []
        self.changes: list[tuple[str, dict[str, Any]]] = []
        self.more_phones: list[tuple[str, dict[str, str]]] = []
        self.refused: set[str] = set()
        columns = [getattr(Customer, name) for name in FIELDS]
        selected = select(Customer.id, Customer.number, Customer.legacy_number, *columns)
        for id_, own, number, *values in self.session.execute(selected):
            if number:
                self.by_number[number] = Known(dict(zip(FIELDS, values, strict=True)), id=id_)
            else:
                self.others.add(own)
        known = select(CustomerPhone.number, Customer.name, Customer.legacy_number).join(Customer)
        for phone, name, number in self.session.execute(known.where(Customer.merged_into_id.is_(None))):
            if number:
                self.by_number[number].phones.add(phone)
            self.by_person.setdefault((_key(name), phone), number or "")
        merged = aliased(Customer)
        into = select(Customer.legacy_number, merged.legacy_number).join(merged, Customer.merged_into_id == merged.id)
        for number, kept in self.session.execute(into):
            if number and kept:
                self.by_number[number].kept = kept

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
        if number in self.others:
            return draft.reject("number", "conflict", number)
        name = self._tidy(draft, name)
        phones: dict[str, str] = {}
        for column in ("mobile", "phone", "phone2"):
            phones |= dict(draft.take(read.phones(draft.cell(column), column)))
        values = self._values(draft, name)
        granted = self._consent(draft)
        known = self.by_number.get(number)
        if known is not None:
            return self._again(draft, number, known, values, phones, granted)
        # A doubtful number (0, 13800000000, half a number) proves no identity.
        certain = [phone for phone, label in phones.items() if label != "doubtful"]
        twin = next((found for p in certain if (found := self.by_person.get((_key(name), p)))), "")
        if twin:
            draft.merge("number", "same_person", number, twin)
            self._change(twin, fill_or_keep(draft, self.by_number[twin].values, values, frozenset({"name", "kind"})))
            self._add_phones(draft, twin, phones)
            self._refuse(draft, twin, granted)
        for phone in certain:
            self.by_person.setdefault((_key(name), phone), twin or number)
        remark = draft.remark(draft.take(read.text(draft.cell("remark"), "remark", longest=2000, lines=True)))
        row = values | {"number": number, "legacy_number": number, "remark": remark, "pinyin": search_key(name)}
        self.by_number[number] = Known(
            values, phones=set() if twin else set(phones), granted=granted, kept=twin, fresh=True
        )
        self.staged.append({"row": row, "phones": {} if twin else phones, "sms": granted, "twin": twin})
        return draft.notes

    @staticmethod
    def _tidy(draft: Draft, name: str) -> str:
        """``张 三`` is 张三; a foreign name keeps its blanks."""
        if re.fullmatch(r"[\u4e00-\u9fff\u3400-\u4dbf]( +[\u4e00-\u9fff\u3400-\u4dbf]){1,3}", name) is None:
            return name
        joined = re.sub(" +", "", name)
        draft.notes.append(Note(Outcome.NORMALISED, "name", "spaces", name, joined))
        return joined

    def _values(self, draft: Draft, name: str) -> dict[str, Any]:
        word = draft.take(read.text(draft.cell("kind"), "kind", longest=40))
        kind = KIND_OF.get(word.lower(), CustomerKind.PRIVATE)
        if word and word.lower() not in KIND_OF:
            draft.warn("kind", "unknown_value", word, kind.value)
            draft.keep("kind", word)
        born = draft.take(read.day(draft.cell("birthday"), "birthday", self.today, earliest=1900))
        return {
            "name": name,
            "kind": kind,
            "contact_name": draft.take(read.text(draft.cell("contact"), "contact", longest=80)),
            "gender": self._gender(draft),
            "address": draft.take(read.text(draft.cell("address"), "address", longest=300, joined=True)),
            "postcode": self._postcode(draft),
            "birthday": born,
            "grade": draft.take(read.code(draft.cell("grade"), "grade", longest=2)),
            "adviser_name": draft.take(read.text(draft.cell("adviser"), "adviser", longest=80)),
            "customer_since": draft.take(read.day(draft.cell("since"), "since", self.today)),
        }

    @staticmethod
    def _gender(draft: Draft) -> str:
        word = str(draft.take(read.text(draft.cell("gender"), "gender", longest=40)))
        gender = GENDER_OF.get(word.lower(), "")
        if word and not gender:
            draft.warn("gender", "unknown_value", word)
            draft.keep("gender", word)
        elif word != gender:
            draft.notes.append(Note(Outcome.NORMALISED, "gender", "word", word, gender))
        return gender

    @staticmethod
    def _postcode(draft: Draft) -> str:
        postcode = str(draft.take(read.code(draft.cell("postcode"), "postcode", longest=10)))
        if postcode and re.fullmatch(r"\d{6}", postcode, re.ASCII) is None:
            draft.warn("postcode", "postcode", postcode, postcode)
        return postcode

    def _consent(self, draft: Draft) -> bool | None:
        word = draft.take(read.code(draft.cell("sms"), "sms", longest=20)).lower()
        if not word:
            return None
        if word not in _YES | _NO:
            # No consent is read out of a word that we do not know.
            draft.warn("sms", "unknown_value", word, "否")
        return word in _YES

    def _again(
        self,
        draft: Draft,
        number: str,
        known: Known,
        values: dict[str, Any],
        phones: dict[str, str],
        granted: bool | None,
    ) -> list[Note]:
        if _key(known.values["name"]) != _key(values["name"]):
            draft.notes = [note for note in draft.notes if note.outcome is not Outcome.NORMALISED]
            return draft.reject("number", "conflict", f"{number} {values['name']}")
        draft.merge("number", "duplicate_row" if known.fresh else "kept_existing", number, number)
        unsaid = {"kind"} if read.is_empty(draft.cell("kind")) else set()
        self._change(number, fill_or_keep(draft, known.values, values, frozenset({"name", *unsaid})))
        # Of a customer merged into another one, the telephones stand there.
        self._add_phones(draft, known.kept or number, phones)
        self._refuse(draft, number, granted)
        remark = str(draft.take(read.text(draft.cell("remark"), "remark", longest=2000, lines=True)))
        if remark:
            draft.merge("remark", "kept_existing", remark)
        return draft.notes

    def _add_phones(self, draft: Draft, number: str, phones: dict[str, str]) -> None:
        more = {phone: label for phone, label in phones.items() if phone not in self.by_number[number].phones}
        if more:
            self.by_number[number].phones |= more.keys()
            self.more_phones.append((number, more))
            draft.merge("phone", "added_phone", "", " ".join(more))

    def _refuse(self, draft: Draft, number: str, granted: bool | None) -> None:
        """Of two records of one person, one that refuses messages counts."""
        if granted is False and self.by_number[number].granted is True:
            self.by_number[number].granted = False
            self.refused.add(number)
            draft.merge("sms", "refused_once", "是", "否")

    def _change(self, number: str, changes: dict[str, Any]) -> None:
        if changes:
            self.by_number[number].values.update(changes)
            self.changes.append((number, changes))

    def flush(self) -> None:
        if self.staged:
            self._insert()
        for number, changes in self.changes:
            statement = update(Customer).where(Customer.legacy_number == number)
            self.session.execute(statement.values(**changes, version=Customer.version + 1))
        phones = [
            {"customer_id": self.by_number[number].id, "number": phone, "label": label}
            for number, more in self.more_phones
            for phone, label in more.items()
        ]
        if phones:
            add_rows(self.session, CustomerPhone, phones)
        refusals = [self._said(self.by_number[number].id, False) for number in sorted(self.refused)]
        if refusals:
            add_rows(self.session, Consent, refusals)
        self.changes, self.more_phones, self.refused = [], [], set()

    def _said(self, customer_id: int | None, granted: bool) -> dict[str, Any]:
        return {
            "customer_id": customer_id,
            "purpose": ConsentPurpose.SMS,
            "granted": granted,
            "at": self.now,
            "source": "import",
            "actor": self.actor.name,
        }

    def _insert(self) -> None:
        rows = [entry["row"] | {"created_at": self.now, "version": 1, "credit_limit_fen": 0} for entry in self.staged]
        added = add_rows_with_ids(self.session, Customer, rows)
        phones, consents = [], []
        for id_, entry in zip(added, self.staged, strict=True):
            number = entry["row"]["legacy_number"]
            self.by_number[number].id = id_
            phones += [{"customer_id": id_, "number": n, "label": label} for n, label in entry["phones"].items()]
            if entry["sms"] is not None:
                consents.append(self._said(id_, entry["sms"]))
        for entry in self.staged:
            if entry["twin"]:
                # The merged number stays findable: its row points to the customer that is kept.
                kept = self.by_number[entry["twin"]].id
                merged = update(Customer).where(Customer.legacy_number == entry["row"]["legacy_number"])
                self.session.execute(merged.values(merged_into_id=kept))
        if phones:
            add_rows(self.session, CustomerPhone, phones)
        if consents:
            add_rows(self.session, Consent, consents)
        self.staged = []


def _key(name: str) -> str:
    """A name as it is compared: brackets of either width, blanks and case make no other person."""
    return re.sub(r"\s+", "", read.half_width(name)).lower()
