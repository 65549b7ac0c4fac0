"""The dossier and the receipt as PDF: values in, bytes out."""

from exports.pdf.layout import LaidOut, lay_out
from exports.pdf.receipt import receipt_pdf

__all__ = ["LaidOut", "lay_out", "receipt_pdf"]
