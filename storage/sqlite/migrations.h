// Brings a file's schema up to date: numbered scripts (schema/NNNN_name.sql), each applied once, in
// its own transaction, and written down in the table `migrations`.
#ifndef LULL_STORAGE_SQLITE_MIGRATIONS_H_
#define LULL_STORAGE_SQLITE_MIGRATIONS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "storage/sqlite/connection.h"

namespace lull {

struct Migration {
  int number;  // from 1, without gaps
  const char* name;
  const char* sql;
};

// All that this program knows, in order.
absl::Span<const Migration> SchemaMigrations();

// FAILED_PRECONDITION: the file was written by a newer version, or by one with other migrations; it
// is not touched.
absl::Status Migrate(Connection& connection, absl::Span<const Migration> migrations,
                     absl::Time now);

}  // namespace lull

#endif  // LULL_STORAGE_SQLITE_MIGRATIONS_H_
