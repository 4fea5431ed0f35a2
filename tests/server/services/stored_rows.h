// Everything that a store holds, row by row, so that two moments can be compared.
#ifndef LULL_TESTS_SERVER_SERVICES_STORED_ROWS_H_
#define LULL_TESTS_SERVER_SERVICES_STORED_ROWS_H_

#include <string>

namespace lull {

// All rows of all tables of the store in `data_dir`, as text. Reads a copy: a server may run on the
// folder, as long as it writes nothing meanwhile. Fails the test where it cannot.
std::string StoredRows(const std::string& data_dir);

}  // namespace lull

#endif  // LULL_TESTS_SERVER_SERVICES_STORED_ROWS_H_
