#!/bin/sh
# What WatchJobs tells many watchers a second, beside gRPC alone sending messages of the same size, in interleaved rounds.
#
#   tests/benchmarks/run_watch.sh [rounds]
set -eu
rounds=${1:-5}
cd "$(dirname "$0")/../.."
bazel ${BAZEL_STARTUP:-} build --config=release //tests/benchmarks:watch_fanout
bin=$(bazel ${BAZEL_STARTUP:-} info --config=release bazel-bin)/tests/benchmarks
"$bin/watch_fanout" 100 50000 "$rounds"
"$bin/watch_fanout" 1000 10000 "$rounds"
