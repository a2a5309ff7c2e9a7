"""The measurements. `python -m bench` (= `make bench`) runs all of them and writes `bench/RESULTS.md`."""
