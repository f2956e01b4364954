"""Run by `python3 -m unittest discover -s tests -t .` in the folder above; nothing outside the standard library is needed."""
