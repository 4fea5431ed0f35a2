// The record of every call that was received: the truth that a client under test is compared with.
//
// Each call is a line in the ledger's file when it is received and another when it has ended, both
// written before anything else happens to the call. The newest calls are also kept in memory for
// GET /busy/ledger. Used by the server's thread alone.
#ifndef LULL_TOOLS_BUSY_API_LEDGER_H_
#define LULL_TOOLS_BUSY_API_LEDGER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lull {

struct LedgerCall {
  uint64_t call = 0;  // assigned by the ledger
  absl::Time time;
  std::string request_id;  // X-Request-Id, or empty
  std::string method;
  std::string path;
  std::string region;  // of /region/NAME/v1/…, or empty
  std::string model;
  std::string content_hash;  // see Call
  std::string body_hash;
  bool stream = false;
  bool authorization = false;  // whether the header was there; never its value
  int64_t account = 0;         // small number per API key, 0 without one
  int64_t prompt_tokens = 0;
  uint64_t connection = 0;
  uint64_t nth_on_connection = 0;
  int64_t in_flight = 0;  // calls received and not ended, this one included
};

struct LedgerEnd {
  // answered: complete and without an error; refused: an error status and nothing done;
  // failed: an error after work was done, or a 200 that is none; cut: the connection was broken by
  // busy_api; client_gone: the client closed first.
  std::string outcome;
  std::string cause;  // why: "ok", "full", "down", "script", the name of a preset, …
  int status = 0;     // 0: no status line was sent
  bool billed = false;
  int64_t completion_tokens = 0;
  int64_t cached_tokens = 0;  // prompt tokens that were billed as a cache hit
  double cost = 0;
  absl::Duration took;
};

class Ledger {
 public:
  // An empty path keeps the ledger in memory only. UNAVAILABLE when the file cannot be opened for
  // appending. `kept_max` calls stay in memory.
  static absl::StatusOr<std::unique_ptr<Ledger>> Open(const std::string& path, size_t kept_max);
  ~Ledger();

  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  uint64_t Received(LedgerCall call);
  void Ended(uint64_t call, const LedgerEnd& end);

  // {"calls":[…],"next":N}: calls after number `after`, oldest first, at most `limit`, each with
  // its end once there is one. `next` is the `after` for the rest.
  std::string JsonAfter(uint64_t after, size_t limit) const;

  uint64_t last_call() const { return next_call_ - 1; }
  // Lines that could not be written to the file.
  int64_t lost_lines() const { return lost_lines_; }

 private:
  struct Kept {
    uint64_t call;
    std::string received;  // the members of the JSON object
    std::string ended;     // empty while in flight
  };

  Ledger(int fd, size_t kept_max) : fd_(fd), kept_max_(kept_max) {}
  void WriteLine(absl::string_view line);

  const int fd_;
  const size_t kept_max_;
  uint64_t next_call_ = 1;
  int64_t lost_lines_ = 0;
  std::deque<Kept> kept_;  // consecutive call numbers
};

}  // namespace lull

#endif  // LULL_TOOLS_BUSY_API_LEDGER_H_
