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
  std::string path;      // of the database file
  const char* span;      // a statement: the least and the greatest key, NULL in an empty table
  const char* rows;      // a statement: the rows with keys from ? to ?, in their order
  int64_t keys_a_range;  // less are not worth a connection
  size_t batch_rows;     // handed over at once
  size_t batches = 8;    // that a thread may be ahead
  int threads = 8;       // for the depth of the disk's queue, not for the processors
};

// Scans some of the ranges, one after the other, on a thread and a connection of its own.
template <typename Row>
class RangeScanner {
 public:
  using Read = absl::FunctionRef<absl::Status(Statement&, Row&)>;

  // Ranges `first`, `first + step` and so on. What is referred to outlives the scanner.
  RangeScanner(const TableScanPlan& plan, const std::vector<KeyRange>& ranges, size_t first,
               size_t step, Read read)
      : plan_(plan),
        read_(read),
        channel_(plan.batches),
        thread_([this, &ranges, first, step] { channel_.Finish(Run(ranges, first, step)); }) {}
  ~RangeScanner() {
    channel_.GiveUp();
    thread_.join();
  }
  RangeScanner(const RangeScanner&) = delete;
  RangeScanner& operator=(const RangeScanner&) = delete;

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

// Calls `take` on the caller's thread, with the rows in the order of their keys. `read` is called
// on any thread, by several at once. Nobody may write meanwhile. `connection` is used for what is
// too small to be worth more.
template <typename Row>
absl::Status ScanTable(const TableScanPlan& plan, Connection& connection,
                       typename RangeScanner<Row>::Read read, absl::FunctionRef<void(Row&&)> take) {
  LULL_ASSIGN_OR_RETURN(const std::vector<KeyRange> ranges,
                        SplitKeys(connection, plan.span, plan.keys_a_range));
  if (ranges.size() == 1) {
    LULL_ASSIGN_OR_RETURN(Statement row, connection.Prepare(plan.rows));
    row.Int(ranges.front().first).Int(ranges.front().last);
    while (true) {
      LULL_ASSIGN_OR_RETURN(const bool more, row.Step());
      if (!more) return absl::OkStatus();
      Row one;
      LULL_RETURN_IF_ERROR(read(row, one));
      take(std::move(one));
    }
  }
  const size_t threads = std::min(ranges.size(), static_cast<size_t>(plan.threads));
  std::vector<std::unique_ptr<RangeScanner<Row>>> scanners;
  for (size_t i = 0; i < threads; ++i) {
    scanners.push_back(std::make_unique<RangeScanner<Row>>(plan, ranges, i, threads, read));
  }
  for (size_t range = 0; range < ranges.size(); ++range) {
    LULL_RETURN_IF_ERROR(scanners[range % threads]->TakeRange(take));
  }
  return absl::OkStatus();
}

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_TABLE_SCAN_H_
