// Reads a table in the order of its integer key, a large one with several connections at once: a
// start from a cold disk otherwise waits for one page after the other, and taking the rows apart is
// more work than what is done with them.
#ifndef LULL_STORAGE_SQLITE_TABLE_SCAN_H_
#define LULL_STORAGE_SQLITE_TABLE_SCAN_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "storage/sqlite/batch_channel.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/key_range.h"
#include "storage/sqlite/statement.h"

namespace lull {

struct TableScanPlan {
  std::string path;    // of the database file
  const char* rows;    // a statement: the rows with keys from ? to ?, in their order
  size_t batch_rows;   // handed over at once
  size_t batches = 8;  // that a thread may be ahead
  int threads = 8;     // for the depth of the disk's queue, not for the processors
};

// Scans some of the ranges, one after the other, on a thread and a connection of its own.
template <typename Row>
class RangeScanner {
 public:
  using Read = absl::FunctionRef<absl::Status(Statement&, Row&)>;

  // What is referred to outlives the scanner.
  RangeScanner(const TableScanPlan& plan, Read read)
      : plan_(plan), read_(read), channel_(plan.batches) {}
  ~RangeScanner() {
    channel_.GiveUp();
    if (thread_.joinable()) thread_.join();
  }
  RangeScanner(const RangeScanner&) = delete;
  RangeScanner& operator=(const RangeScanner&) = delete;

  // Begins with ranges `first`, `first + step` and so on. False: the system gives no more threads.
  bool Start(const std::vector<KeyRange>& ranges, size_t first, size_t step) {
    try {
      thread_ =
          std::thread([this, &ranges, first, step] { channel_.Finish(Run(ranges, first, step)); });
    } catch (const std::system_error&) {
      return false;
    }
    return true;
  }

  // The rows of its next range.
  absl::Status TakeRange(absl::FunctionRef<void(Row&&)> take) {
    while (true) {
      LULL_ASSIGN_OR_RETURN(RowBatch<Row> batch, channel_.Take());
      for (Row& row : batch.rows) take(std::move(row));
      if (batch.ends_range) return absl::OkStatus();
    }
  }

 private:
  static constexpr int kCacheKib = 128;  // each page is read once

  absl::Status Run(const std::vector<KeyRange>& ranges, size_t first, size_t step) {
    LULL_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                          Connection::OpenReader(plan_.path, kCacheKib));
    LULL_ASSIGN_OR_RETURN(Statement row, connection->Prepare(plan_.rows));
    for (size_t range = first; range < ranges.size(); range += step) {
      LULL_RETURN_IF_ERROR(ScanRange(ranges[range], row));
    }
    return absl::OkStatus();
  }

  absl::Status ScanRange(const KeyRange& range, Statement& row) {
    const ResetAtEnd reset(row);
    row.Int(range.first).Int(range.last);
    while (true) {
      RowBatch<Row> batch;
      batch.rows.reserve(plan_.batch_rows);
      while (!batch.ends_range && batch.rows.size() < plan_.batch_rows) {
        LULL_ASSIGN_OR_RETURN(const bool more, row.Step());
        batch.ends_range = !more;
        if (more) LULL_RETURN_IF_ERROR(read_(row, batch.rows.emplace_back()));
      }
      const bool ends_range = batch.ends_range;
      if (!channel_.Put(std::move(batch))) return absl::CancelledError("given up");
      if (ends_range) return absl::OkStatus();
    }
  }

  const TableScanPlan& plan_;
  const Read read_;
  BatchChannel<Row> channel_;
  std::thread thread_;
};

// Scans a range on the caller's thread.
template <typename Row>
absl::Status ScanRangeHere(const KeyRange& range, Statement& row,
                           typename RangeScanner<Row>::Read read,
                           absl::FunctionRef<void(Row&&)> take) {
  const ResetAtEnd reset(row);
  row.Int(range.first).Int(range.last);
  while (true) {
    LULL_ASSIGN_OR_RETURN(const bool more, row.Step());
    if (!more) return absl::OkStatus();
    Row one;
    LULL_RETURN_IF_ERROR(read(row, one));
    take(std::move(one));
  }
}

// Calls `take` on the caller's thread, with the rows of the ranges, in their order. `read` is
// called on any thread, by several at once. Nobody may write meanwhile. `connection` is used for
// what is too small to be worth more, and for the ranges of threads that there are not.
template <typename Row>
absl::Status ScanTable(const TableScanPlan& plan, const std::vector<KeyRange>& ranges,
                       Connection& connection, typename RangeScanner<Row>::Read read,
                       absl::FunctionRef<void(Row&&)> take) {
  LULL_ASSIGN_OR_RETURN(Statement row, connection.Prepare(plan.rows));
  const size_t threads = std::min(ranges.size(), static_cast<size_t>(plan.threads));
  std::vector<std::unique_ptr<RangeScanner<Row>>> scanners;
  while (threads > 1 && scanners.size() < threads) {
    auto scanner = std::make_unique<RangeScanner<Row>>(plan, read);
    if (!scanner->Start(ranges, scanners.size(), threads)) break;
    scanners.push_back(std::move(scanner));
  }
  for (size_t range = 0; range < ranges.size(); ++range) {
    const size_t scanner = range % threads;
    LULL_RETURN_IF_ERROR(scanner < scanners.size()
                             ? scanners[scanner]->TakeRange(take)
                             : ScanRangeHere<Row>(ranges[range], row, read, take));
  }
  return absl::OkStatus();
}

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_TABLE_SCAN_H_
