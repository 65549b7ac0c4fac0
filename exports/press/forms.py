"""Pages made of one form each: how foreign pages are wrapped so that nothing but what is seen on them comes along."""

from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

Box = tuple[float, float, float, float]


def seen(form: Any) -> Box:
    """Give the box that *form* fills when it is drawn, its own matrix applied."""
    left, bottom, right, top = (float(side) for side in form.BBox)
    matrix = pikepdf.Matrix(form.get(Name.Matrix, Array([1, 0, 0, 1, 0, 0])))
    corners = [matrix.transform((x, y)) for x in (left, right) for y in (bottom, top)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def add_page(pdf: Pdf, form: Any) -> tuple[float, float]:
    """Add a page to *pdf* that shows *form* and nothing else; gives its width and height in points."""
    left, bottom, right, top = seen(form)
    width, height = right - left, top - bottom
    content = f"q 1 0 0 1 {-left:.4f} {-bottom:.4f} cm /P Do Q".encode("ascii")
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, round(width, 3), round(height, 3)]),
        Resources=Dictionary(XObject=Dictionary(P=form)),
        Contents=pdf.make_stream(content),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    return width, height


def stamp_form(pdf: Pdf, content: bytes, width: float, height: float, resources: Dictionary) -> Any:
    """Make a form of *width* by *height* points out of drawing operators."""
    form = pdf.make_stream(content)
    form.Type, form.Subtype = Name.XObject, Name.Form
    form.BBox = Array([0, 0, round(width, 3), round(height, 3)])
    form.Resources = resources
    return form


def written(pdf: Pdf, settings: dict[str, Any] | None = None) -> bytes:
    """Give *pdf* as bytes that depend on what is in it alone."""
    out = BytesIO()
    pdf.save(out, **(settings or {"deterministic_id": True}))
    return out.getvalue()
