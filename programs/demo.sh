#!/usr/bin/env bash
# The main job from end to end: train, compile, prove, read. `make demo` runs this.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf demo
mkdir demo
say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; "$@"; }

say tpc train sort -o demo/sort --vocab-size 8 --max-length 8 --dataset-size 10000 \
    --n-layers 2 --n-heads-cat 4 --n-heads-num 0 --n-cat-mlps 1 --n-num-mlps 0
say tpc compile demo/sort/program.tpir --target python -o demo/sort.py
say tpc verify demo/sort/program.tpir --against demo/sort -O3 -t interpreter -t python

printf '\n\033[1mWhat demo/sort.py computes\033[0m\n'
sed -n '/raise ValueError(f"unknown/,/^    if not raw/{/raise ValueError/d;/^    if not raw/d;p}' demo/sort.py
printf '\n\033[1m$ python -c "from sort import run; print(run([...]))"\033[0m\n'
cd demo && python -c 'from sort import run; print(run(["<s>", "3", "1", "4", "2", "4", "0", "</s>"]))'
