"""Who works here, what they may do and how they sign in."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from app.access import accounts, sign_in
from app.access.guard import actor, clock, command, page
from app.blueprints.admin import bp
from app.domain.staff import operations, queries
from app.domain.staff.model import Role
from app.extensions import db
from app.kernel.errors import N_, InvalidInput
from app.kernel.orm import expect_version
from app.kernel.permission import Permission as P
from app.web.forms import whole_number


def _roles() -> set[Role]:
    try:
        return {Role(value) for value in request.form.getlist("roles")}
    except ValueError:
        raise InvalidInput(N_("There is no such role."), field="roles") from None


@bp.get("/staff")
@page(P.STAFF_EDIT)
def staff_list() -> Any:
    """Everybody, with a form for a new colleague."""
    return render_template("admin/staff.html", people=queries.everybody(db.session()), roles=list(Role))


@bp.post("/staff")
@command(P.STAFF_EDIT, again=staff_list)
def hire() -> Any:
    """Add a colleague, with a first password."""
    session = db.session()
    person = operations.hire(
        session,
        actor(),
        clock(),
        login=request.form.get("login", ""),
        name=request.form.get("name", ""),
        roles=_roles(),
    )
    accounts.set_password(session, actor(), clock(), person, request.form.get("password", "")[:200])
    flash(gettext("%(name)s can sign in now.", name=person.name), "success")
    return redirect(url_for("admin.staff_member", staff_id=person.id))


@bp.get("/staff/<row:staff_id>")
@page(P.STAFF_EDIT)
def staff_member(staff_id: int) -> Any:
    """One person: roles, password, PIN, active."""
    person = queries.get_person(db.session(), staff_id)
    return render_template("admin/staff_member.html", person=person, roles=list(Role))


@bp.post("/staff/<row:staff_id>/roles")
@command(P.STAFF_EDIT, again=staff_member)
def change_roles(staff_id: int) -> Any:
    """Give a person exactly the ticked roles."""
    person = queries.get_person(db.session(), staff_id)
    expect_version(person, whole_number("version"))
    operations.change_roles(db.session(), actor(), clock(), person, _roles())
    flash(gettext("The roles of %(name)s are changed.", name=person.name), "success")
    return redirect(url_for("admin.staff_member", staff_id=staff_id))


@bp.post("/staff/<row:staff_id>/password")
@command(P.STAFF_EDIT, again=staff_member)
def give_password(staff_id: int) -> Any:
    """Give a person a new password; all their sessions end."""
    person = queries.get_person(db.session(), staff_id)
    accounts.set_password(db.session(), actor(), clock(), person, request.form.get("password", "")[:200])
    flash(gettext("%(name)s has a new password and is signed out everywhere.", name=person.name), "success")
    return redirect(url_for("admin.staff_member", staff_id=staff_id))


@bp.post("/staff/<row:staff_id>/pin")
@command(P.STAFF_EDIT, again=staff_member)
def give_pin(staff_id: int) -> Any:
    """Give a person a PIN for the shop-floor terminals."""
    person = queries.get_person(db.session(), staff_id)
    accounts.set_pin(db.session(), actor(), clock(), person, request.form.get("pin", ""))
    flash(gettext("%(name)s has a new PIN.", name=person.name), "success")
    return redirect(url_for("admin.staff_member", staff_id=staff_id))


@bp.post("/staff/<row:staff_id>/disable")
@command(P.STAFF_EDIT, again=staff_member)
def disable(staff_id: int) -> Any:
    """Take a person's access away at once."""
    person = queries.get_person(db.session(), staff_id)
    operations.set_active(db.session(), actor(), clock(), person, False)
    sign_in.end_all(db.session(), clock(), person.id)
    flash(gettext("%(name)s can no longer sign in.", name=person.name), "success")
    return redirect(url_for("admin.staff_member", staff_id=staff_id))


@bp.post("/staff/<row:staff_id>/enable")
@command(P.STAFF_EDIT, again=staff_member)
def enable(staff_id: int) -> Any:
    """Give a person's access back."""
    person = queries.get_person(db.session(), staff_id)
    operations.set_active(db.session(), actor(), clock(), person, True)
    flash(gettext("%(name)s can sign in again.", name=person.name), "success")
    return redirect(url_for("admin.staff_member", staff_id=staff_id))
