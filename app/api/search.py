"""API: search across cases, and where else a file or a number was seen."""

from flask import Blueprint

routes = Blueprint("search", __name__)
