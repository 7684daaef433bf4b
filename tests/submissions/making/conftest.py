"""The modules here make files for the tests beside; none of them is a test."""

collect_ignore_glob = ["*.py"]
