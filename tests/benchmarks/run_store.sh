#!/bin/sh
# Lull's own store against the reference store, in interleaved runs: the medians and their ratio.
#
#   tests/benchmarks/run_store.sh [rounds] [jobs] [waiting]
#
# Builds both first. The data goes into a new folder, removed at the end, below STORE_BENCHMARK_DIR or else below the
# checkout: it should be on the disk that is to be measured, which /tmp often is not.
set -eu
rounds=${1:-5}
jobs=${2:-100000}
waiting=${3:-10000}
cd "$(dirname "$0")/../.."
bazel ${BAZEL_STARTUP:-} build --config=release //tests/benchmarks:own_store //tests/benchmarks:reference_store
bin=$(bazel ${BAZEL_STARTUP:-} info --config=release bazel-bin)/tests/benchmarks
dir=$(mktemp -d "${STORE_BENCHMARK_DIR:-.}/store_benchmark.XXXXXX")
trap 'rm -rf "$dir"' EXIT
for round in $(seq "$rounds"); do
  "$bin/reference_store" "$dir" "$jobs" "$waiting"
  "$bin/own_store" "$dir" "$jobs" "$waiting"
  "$bin/own_store" "$dir" "$jobs" "$waiting" 1
done | tee "$dir/runs"
awk '
  function median(store, key,   n, i, j, swap, all) {
    n = count[store]
    for (i = 1; i <= n; i++) all[i] = value[store, key, i]
    for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (all[j] < all[i]) { swap = all[i]; all[i] = all[j]; all[j] = swap }
    return all[int((n + 1) / 2)]
  }
  {
    for (i = 1; i <= NF; i++) { split($i, pair, "="); field[pair[1]] = pair[2] }
    store = field["store"]
    run = ++count[store]
    for (key in field) value[store, key, run] = field[key]
  }
  END {
    split("reference own own+keys", stores, " ")
    for (i = 1; i <= 3; i++) {
      s = stores[i]
      printf "median %-9s life %d submit %d grant %d finish %d jobs/s, %.1f us CPU a job, fdatasync %d us; life/reference %.2f\n", \
        s, median(s, "life"), median(s, "submit"), median(s, "grant"), median(s, "finish"), median(s, "cpu_us"), \
        median(s, "fdatasync_us"), median(s, "life") / median("reference", "life")
    }
  }' "$dir/runs"
