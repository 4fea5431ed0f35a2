#include "storage/sqlite/migrations.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/sql.h"

namespace lull {
namespace {

// How many of the migrations the file has; checks that they are the ones we know.
absl::StatusOr<size_t> CountApplied(Connection& connection,
                                    absl::Span<const Migration> migrations) {
  LULL_ASSIGN_OR_RETURN(Statement ledger, connection.Prepare(sql::kReadMigrations));
  size_t applied = 0;
  while (true) {
    LULL_ASSIGN_OR_RETURN(const bool more, ledger.Step());
    if (!more) return applied;
    const int64_t number = ledger.Int();
    const std::string name(ledger.Text());
    if (applied >= migrations.size()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the data was written by a newer version of Lull (its schema has migration ",
                       number, " \"", name, "\", this program knows ", migrations.size(),
                       "); use that version or a newer one"));
    }
    if (number != migrations[applied].number || name != migrations[applied].name) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the data has schema migration ", number, " \"", name, "\" where this program has ",
          migrations[applied].number, " \"", migrations[applied].name, "\""));
    }
    ++applied;
  }
}

absl::Status ApplyOne(Connection& connection, const Migration& migration, absl::Time now) {
  LULL_RETURN_IF_ERROR(connection.Execute(sql::kBegin));
  LULL_RETURN_IF_ERROR(connection.Execute(migration.sql));
  LULL_ASSIGN_OR_RETURN(Statement add, connection.Prepare(sql::kAddMigration));
  LULL_RETURN_IF_ERROR(add.Int(migration.number).Text(migration.name).Time(now).Run());
  return connection.Execute(sql::kCommit);
}

}  // namespace

absl::Status Migrate(Connection& connection, absl::Span<const Migration> migrations,
                     absl::Time now) {
  LULL_RETURN_IF_ERROR(connection.Execute(sql::kCreateMigrations));
  LULL_ASSIGN_OR_RETURN(const size_t applied, CountApplied(connection, migrations));
  for (const Migration& migration : migrations.subspan(applied)) {
    absl::Status status = ApplyOne(connection, migration, now);
    if (status.ok()) continue;
    connection.Rollback();
    return absl::Status(status.code(), absl::StrCat("migration ", migration.number, " \"",
                                                    migration.name, "\": ", status.message()));
  }
  return absl::OkStatus();
}

}  // namespace lull
