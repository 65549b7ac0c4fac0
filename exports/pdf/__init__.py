"""The dossier and the receipt as PDF: values in, bytes out."""

from exports.pdf.layout import LaidOut, lay_out

__all__ = ["LaidOut", "lay_out"]
