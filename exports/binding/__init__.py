"""Bind the pages of the exhibits into a laid-out dossier."""

from exports.binding.planning import Document, Plan, plan
from exports.binding.stitching import bind, bind_into

__all__ = ["Document", "Plan", "bind", "bind_into", "plan"]
