"""Lettering: text in any script, set in lines, drawn right and extracted as it was written.

`setting` makes lines out of text and `ink` draws them on a page; `faces` knows the fonts, `directions` which way text
runs.
"""
