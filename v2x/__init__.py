"""v2x: C-V2X by the Chinese standards, from radio bytes to the tokens of a driving model.

This package imports nothing; every room is imported by its own name (``v2x.codecs``,
``v2x.certs``, ``v2x.modem``, ``v2x.fusion``, ``v2x.scenarios``).
"""
