#include "storage/sqlite/statement.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "storage/sqlite/sqlite_status.h"
#include "storage/sqlite/stored_time.h"

namespace lull {

Statement::Statement(sqlite3_stmt* statement)
    : statement_(statement), bound_(static_cast<size_t>(sqlite3_bind_parameter_count(statement))) {}

int Statement::NextParameter() {
  column_ = 0;
  return ++parameter_;
}

bool Statement::Holds(int parameter, Bound::Kind kind, int64_t value) const {
  const size_t index = static_cast<size_t>(parameter) - 1;
  return index < bound_.size() && bound_[index].kind == kind && bound_[index].value == value &&
         !has_row_;
}

void Statement::NoteBound(int parameter, Bound::Kind kind, int64_t value, int code) {
  const size_t index = static_cast<size_t>(parameter) - 1;
  if (index < bound_.size()) {
    bound_[index] = code == SQLITE_OK ? Bound{kind, value} : Bound();
  }
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
}

Statement& Statement::Int(int64_t value) {
  const int parameter = NextParameter();
  if (Holds(parameter, Bound::Kind::kInt, value)) return *this;
  NoteBound(parameter, Bound::Kind::kInt, value,
            sqlite3_bind_int64(statement_.get(), parameter, value));
  return *this;
}

Statement& Statement::Text(absl::string_view value) {
  const int parameter = NextParameter();
  const Bound::Kind kind = value.empty() ? Bound::Kind::kEmptyText : Bound::Kind::kOther;
  if (value.empty() && Holds(parameter, kind, 0)) return *this;
  // A null pointer would bind NULL, and an empty view may hold one, or one that will not last.
  const char* data = value.empty() ? "" : value.data();
  NoteBound(parameter, kind, 0,
            sqlite3_bind_text64(statement_.get(), parameter, data, value.size(), SQLITE_STATIC,
                                SQLITE_UTF8));
  return *this;
}

Statement& Statement::Blob(absl::string_view value) {
  const int parameter = NextParameter();
  const Bound::Kind kind = value.empty() ? Bound::Kind::kEmptyBlob : Bound::Kind::kOther;
  if (value.empty() && Holds(parameter, kind, 0)) return *this;
  const char* data = value.empty() ? "" : value.data();
  NoteBound(parameter, kind, 0,
            sqlite3_bind_blob64(statement_.get(), parameter, data, value.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::Null() {
  const int parameter = NextParameter();
  if (Holds(parameter, Bound::Kind::kNull, 0)) return *this;
  NoteBound(parameter, Bound::Kind::kNull, 0, sqlite3_bind_null(statement_.get(), parameter));
  return *this;
}

Statement& Statement::BlobOrNull(absl::string_view value) {
  return value.empty() ? Null() : Blob(value);
}

Statement& Statement::Time(absl::Time value) {
  return value == absl::InfinitePast() ? Null() : Int(StoredTime(value));
}

Statement& Statement::Duration(absl::Duration value) { return Int(StoredDuration(value)); }

absl::StatusOr<bool> Statement::Step() {
  const int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_.get());
  column_ = 0;
  has_row_ = code == SQLITE_ROW;
  if (has_row_) return true;
  if (code != SQLITE_DONE) return Failed(code);
  Reset();
  return false;
}

absl::Status Statement::Run() {
  const int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_.get());
  if (code != SQLITE_DONE) return Failed(code);
  Reset();
  return absl::OkStatus();
}

absl::Status Statement::Failed(int code) {
  // Its beginning tells which statement it was.
  const std::string what = absl::StrCat("run \"", absl::string_view(sql()).substr(0, 40), "…\"");
  absl::Status status = code == SQLITE_ROW
                            ? absl::InternalError(absl::StrCat("cannot ", what, ": it gave a row"))
                            : SqliteStatus(code, sqlite3_db_handle(statement_.get()), what);
  Reset();
  return status;
}

int64_t Statement::changes() const {
  return sqlite3_changes64(sqlite3_db_handle(statement_.get()));
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());  // repeats the error of the step before, which was reported
  parameter_ = 0;
  column_ = 0;
  bind_error_ = SQLITE_OK;
  has_row_ = false;
}

int64_t Statement::Int() { return sqlite3_column_int64(statement_.get(), column_++); }

absl::string_view Statement::Blob() {
  const int column = column_++;
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return absl::string_view(static_cast<const char*>(data), static_cast<size_t>(size));
}

absl::Time Statement::Time() {
  if (NextIsNull()) {
    Skip();
    return absl::InfinitePast();
  }
  return TimeFromStored(Int());
}

absl::Duration Statement::Duration() { return DurationFromStored(Int()); }

bool Statement::NextIsNull() const {
  return sqlite3_column_type(statement_.get(), column_) == SQLITE_NULL;
}

}  // namespace lull
