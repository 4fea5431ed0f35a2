// A prepared statement: parameters are bound in their order, columns are read in theirs.
//
// Owned by whoever owns its connection, and must be destroyed before it. Not thread-safe.
#ifndef LULL_STORAGE_SQLITE_STATEMENT_H_
#define LULL_STORAGE_SQLITE_STATEMENT_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lull {

class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement);

  // Each binds the next parameter; the first call after a Step, Run or Reset binds the first. Text
  // and blobs are not copied: they must live until the statement has been reset. A failed bind is
  // reported by the next Step or Run. What a parameter holds already costs next to nothing.
  Statement& Int(int64_t value);
  Statement& Text(absl::string_view value);
  Statement& Blob(absl::string_view value);
  Statement& Null();
  Statement& BlobOrNull(absl::string_view value);  // empty: NULL
  Statement& Time(absl::Time value);               // InfinitePast: NULL
  Statement& Duration(absl::Duration value);

  // True: there is a row to read. After false or an error the statement is reset.
  absl::StatusOr<bool> Step();

  // For statements without rows: steps once and resets.
  absl::Status Run();

  // How many rows the last Run() inserted, updated or deleted.
  int64_t changes() const;

  void Reset();

  // Each reads the next column of the row. Views hold until the next Step or Reset.
  int64_t Int();
  absl::string_view Text() { return Blob(); }
  absl::string_view Blob();
  absl::Time Time();
  absl::Duration Duration();
  bool NextIsNull() const;
  void Skip() { ++column_; }

  const char* sql() const { return sqlite3_sql(statement_.get()); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  // What a parameter holds. SQLite keeps it over a reset.
  struct Bound {
    enum class Kind : uint8_t { kOther, kInt, kNull, kEmptyText, kEmptyBlob };
    Kind kind = Kind::kOther;
    int64_t value = 0;  // of kInt
  };
  int NextParameter();
  bool Holds(int parameter, Bound::Kind kind, int64_t value) const;
  void NoteBound(int parameter, Bound::Kind kind, int64_t value, int code);
  absl::Status Failed(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int parameter_ = 0;
  int column_ = 0;
  int bind_error_ = SQLITE_OK;
  bool has_row_ = false;  // so nothing may be bound
  std::vector<Bound> bound_;
};

// Resets at the end of a scope, so that no read transaction outlives it.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.Reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  Statement& statement_;
};

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_STATEMENT_H_
