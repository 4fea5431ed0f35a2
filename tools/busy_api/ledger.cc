#include "tools/busy_api/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/busy_api/json_text.h"

namespace lull {
namespace {

void AppendText(absl::string_view name, absl::string_view value, std::string* out) {
  absl::StrAppend(out, ",\"", name, "\":");
  AppendJsonString(value, out);
}

std::string ReceivedMembers(const LedgerCall& call) {
  std::string out;
  out.reserve(512);
  absl::StrAppend(&out, "\"call\":", call.call, ",\"time\":\"",
                  absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", call.time, absl::UTCTimeZone()), "\"");
  AppendText("request_id", call.request_id, &out);
  AppendText("method", call.method, &out);
  AppendText("path", call.path, &out);
  AppendText("region", call.region, &out);
  AppendText("model", call.model, &out);
  AppendText("content_hash", call.content_hash, &out);
  AppendText("body_hash", call.body_hash, &out);
  absl::StrAppend(
      &out, ",\"stream\":", call.stream ? "true" : "false",
      ",\"authorization\":", call.authorization ? "true" : "false", ",\"account\":", call.account,
      ",\"prompt_tokens\":", call.prompt_tokens, ",\"connection\":", call.connection,
      ",\"nth_on_connection\":", call.nth_on_connection, ",\"in_flight\":", call.in_flight);
  return out;
}

std::string EndedMembers(const LedgerEnd& end) {
  std::string out;
  AppendText("outcome", end.outcome, &out);
  AppendText("cause", end.cause, &out);
  absl::StrAppend(&out, ",\"status\":", end.status, ",\"billed\":", end.billed ? "true" : "false",
                  ",\"completion_tokens\":", end.completion_tokens,
                  ",\"cached_tokens\":", end.cached_tokens,
                  ",\"cost\":", absl::StrFormat("%.9g", end.cost),
                  ",\"seconds\":", absl::StrFormat("%.6f", absl::ToDoubleSeconds(end.took)));
  return out;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::Open(const std::string& path, size_t kept_max) {
  int fd = -1;
  if (!path.empty()) {
    fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) {
      return absl::UnavailableError(
          absl::StrCat("cannot open the ledger file ", path, ": ", strerror(errno)));
    }
  }
  return std::unique_ptr<Ledger>(new Ledger(fd, std::max<size_t>(kept_max, 1)));
}

Ledger::~Ledger() {
  if (fd_ >= 0) close(fd_);
}

uint64_t Ledger::Received(LedgerCall call) {
  call.call = next_call_++;
  std::string members = ReceivedMembers(call);
  WriteLine(absl::StrCat("{\"event\":\"received\",", members, "}\n"));
  kept_.push_back({call.call, std::move(members), ""});
  if (kept_.size() > kept_max_) kept_.pop_front();
  return call.call;
}

void Ledger::Ended(uint64_t call, const LedgerEnd& end) {
  std::string members = EndedMembers(end);
  WriteLine(absl::StrCat("{\"event\":\"ended\",\"call\":", call, members, "}\n"));
  if (kept_.empty() || call < kept_.front().call || call > kept_.back().call) return;
  kept_[call - kept_.front().call].ended = std::move(members);
}

void Ledger::WriteLine(absl::string_view line) {
  if (fd_ < 0) return;
  // One write per line: with O_APPEND a reader never sees parts of two lines mixed.
  const ssize_t written = write(fd_, line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) ++lost_lines_;
}

std::string Ledger::JsonAfter(uint64_t after, size_t limit) const {
  std::string out = "{\"calls\":[";
  uint64_t next = after;
  if (!kept_.empty()) {
    const uint64_t first = kept_.front().call;
    size_t begin = after < first ? 0 : static_cast<size_t>(after - first + 1);
    const size_t end = begin + std::min(limit, kept_.size() - std::min(begin, kept_.size()));
    for (size_t i = begin; i < end; ++i) {
      absl::StrAppend(&out, i == begin ? "" : ",", "{", kept_[i].received, kept_[i].ended, "}");
      next = kept_[i].call;
    }
  }
  absl::StrAppend(&out, "],\"next\":", next, "}\n");
  return out;
}

}  // namespace lull
