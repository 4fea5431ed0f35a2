#!/bin/bash
# What a call costs: lull-worker beside bare libcurl and beside Portkey's gateway, in interleaved runs against one
# nginx. First the calls are answered at once, with 100 in flight; then 1,000 a second are, with 2,000 in flight. Ends with
# a line for each target, and with status 1 if one is missed.
#
#   tests/benchmarks/run_worker.sh [rounds] [calls]
#
# Needs nginx, node and npm. The gateway is installed from npm into GATEWAY_DIR, or into a folder that is removed at the
# end. WORKER_BENCHMARK_CONFIG names another configuration of the build than `release`.
set -eu
rounds=${1:-3}
calls=${2:-50000}
config=${WORKER_BENCHMARK_CONFIG---config=release}
cd "$(dirname "$0")/../.."
targets=(//worker:lull-worker //tests/benchmarks:worker_load //tests/benchmarks:bare_curl)
read -ra startup <<<"${BAZEL_STARTUP:-}"
read -ra options <<<"$config"
bazel "${startup[@]}" build "${options[@]}" "${targets[@]}"
bin=$(bazel "${startup[@]}" info "${options[@]}" bazel-bin)
dir=$(mktemp -d "${TMPDIR:-/tmp}/run_worker.XXXXXX")
nginx_pid='' gateway_pid=''
trap 'kill $nginx_pid $gateway_pid 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
ulimit -n "$(ulimit -Hn)"

gateway_dir=${GATEWAY_DIR:-$dir/gateway}
mkdir -p "$gateway_dir"
if [ ! -d "$gateway_dir/node_modules/@portkey-ai/gateway" ]; then
  npm install --prefix "$gateway_dir" --no-audit --no-fund --silent @portkey-ai/gateway@1.15.2
fi

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port) answer_port=$(free_port) gateway_port=$(free_port)
filler=$(head -c 600 /dev/zero | tr '\0' a)
answer='{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"'$filler'"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":150,"total_tokens":160}}'
sed -e "s|@DIR@|$dir|g; s|@PORT@|$port|g; s|@ANSWER_PORT@|$answer_port|g; s|@GATEWAY_PORT@|$gateway_port|g" \
  -e "s|@ANSWER@|$answer|g" tests/benchmarks/worker_nginx.conf >"$dir/nginx.conf"
/usr/sbin/nginx -c "$dir/nginx.conf" -e "$dir/nginx.error.log" & nginx_pid=$!
(cd "$gateway_dir" && NODE_ENV=production TRUSTED_CUSTOM_HOSTS=127.0.0.1,localhost exec node \
  node_modules/@portkey-ai/gateway/build/start-server.js --headless --port="$gateway_port" >"$dir/gateway.log" 2>&1) &
gateway_pid=$!
for _ in $(seq 100); do
  curl -sf -o "$dir/first" "http://127.0.0.1:$port/now/" && curl -s -o "$dir/first" "http://127.0.0.1:$gateway_port/" && break
  sleep 0.2
done

ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
rss() { awk '/VmHWM/ {print $2}' "/proc/$1/status"; }

# kind, path, calls, in flight
run_curl() { "$bin/tests/benchmarks/bare_curl" "http://127.0.0.1:$port/$2/v1/chat/completions" "$3" "$4" 1024 | sed "s/^kind=curl/kind=$1/"; }
run_worker() { "$bin/tests/benchmarks/worker_load" "$bin/worker/lull-worker" "http://127.0.0.1:$port/$2/v1" "$3" "$4" 1024 | sed "s/^kind=worker/kind=$1/"; }
run_gateway() {
  local before after line
  before=$(ticks $gateway_pid)
  line=$(run_curl client "gateway/$2" "$3" "$4") || true
  after=$(ticks $gateway_pid)
  echo "$line" | awk -v kind="$1" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" -v calls="$3" -v rss="$(rss $gateway_pid)" '
    { for (i = 1; i <= NF; i++) { split($i, pair, "="); field[pair[1]] = pair[2] }
      printf "kind=%s rate=%s cpu_us=%.1f rss_kib=%s in_flight=%s calls=%s failed=%s\n", kind, field["rate"], ticks / hz / calls * 1e6, rss, field["in_flight"], field["calls"], field["failed"] }'
}

for _ in $(seq "$rounds"); do
  run_curl curl now "$calls" 100
  run_worker worker now "$calls" 100
  run_gateway gateway now $((calls / 20)) 100
  run_curl curl_held held 10000 2000
  run_worker worker_held held 10000 2000
  run_gateway gateway_held held 4000 2000
done | tee "$dir/runs"
awk '
  function median(kind, key,   n, i, j, swap, all) {
    n = count[kind]
    for (i = 1; i <= n; i++) all[i] = value[kind, key, i]
    for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (all[j] < all[i]) { swap = all[i]; all[i] = all[j]; all[j] = swap }
    return all[int((n + 1) / 2)]
  }
  {
    split("", field)
    for (i = 1; i <= NF; i++) { split($i, pair, "="); field[pair[1]] = pair[2] }
    kind = field["kind"]
    run = ++count[kind]
    for (key in field) value[kind, key, run] = field[key]
  }
  END {
    split("curl worker gateway", kinds, " ")
    for (h = 0; h <= 1; h++) {
      for (i = 1; i <= 3; i++) {
        kind = kinds[i] (h ? "_held" : "")
        printf "median %-13s %6d calls/s, %7.1f us CPU a call, %5.2f x bare libcurl, failed %d", kind, median(kind, "rate"), \
          median(kind, "cpu_us"), median(kind, "cpu_us") / median("curl" (h ? "_held" : ""), "cpu_us"), median(kind, "failed")
        if (kinds[i] != "curl") printf ", RSS %d MiB", median(kind, "rss_kib") / 1024
        if (kinds[i] == "worker") printf " (%.1f KiB for each call in flight)", median(kind, "rss_kib_per_call")
        print ""
      }
    }
    missed = 0
    for (h = 0; h <= 1; h++) {
      where = h ? "2,000 in flight" : "100 in flight"
      worker = "worker" (h ? "_held" : "")
      gateway = "gateway" (h ? "_held" : "")
      if (count[worker] == 0 || count[gateway] == 0) {
        printf "target with %s: MISSED, no run of %s\n", where, count[worker] == 0 ? worker : gateway
        missed++
        continue
      }
      met = median(worker, "cpu_us") < median(gateway, "cpu_us")
      printf "target with %s: a call costs the worker less CPU than the gateway, %.1f us < %.1f us: %s\n", where, \
        median(worker, "cpu_us"), median(gateway, "cpu_us"), met ? "met" : "MISSED"
      if (!met) missed++
      failed = 0
      for (i = 1; i <= count[worker]; i++) failed += value[worker, "failed", i]
      printf "target with %s: every call of the worker succeeds, %d failed: %s\n", where, failed, failed ? "MISSED" : "met"
      if (failed) missed++
    }
    exit missed ? 1 : 0
  }' "$dir/runs"
