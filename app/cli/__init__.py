"""Thin commands that call operations."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register every command."""
    from app.cli import audit, backup, check, demo, doctor, imports, pickups, replenishment, shop

    app.cli.add_command(shop.init_command)
    app.cli.add_command(check.check_command)
    app.cli.add_command(audit.audit_group)
    app.cli.add_command(imports.import_command)
    app.cli.add_command(demo.demo_command)
    app.cli.add_command(backup.backup_command)
    app.cli.add_command(doctor.doctor_command)
    app.cli.add_command(pickups.expire_pickups_command)
    app.cli.add_command(replenishment.suggest_command)
    app.cli.add_command(replenishment.simulate_command)
