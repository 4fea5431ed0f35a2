#!/bin/sh
# Writes a C++ file that holds the given migrations, NNNN_name.sql each, in the order given.
set -eu
echo '#include "storage/sqlite/migrations.h"'
echo 'namespace lull {'
echo 'absl::Span<const Migration> SchemaMigrations() {'
echo '  static constexpr Migration kAll[] = {'
for file in "$@"; do
  name=$(basename "$file" .sql)
  number=$(echo "${name%%_*}" | sed 's/^0*//')
  printf '{%s, "%s", R"sql(' "$number" "${name#*_}"
  cat "$file"
  printf ')sql"},\n'
done
echo '  };'
echo '  return kAll;'
echo '}'
echo '}  // namespace lull'
