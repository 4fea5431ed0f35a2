// The whole server on one screen.
#ifndef LULL_TOOLS_LULL_ADMIN_OVERVIEW_TEXT_H_
#define LULL_TOOLS_LULL_ADMIN_OVERVIEW_TEXT_H_

#include <string>

#include "proto/admin_service.pb.h"
#include "tools/lull/table.h"

namespace lull {

// What is most urgent comes first. At most `rows` lines; 0: as many as it takes.
std::string OverviewText(const v1::Overview& overview, const TableStyle& style, int rows);

}  // namespace lull

#endif  // LULL_TOOLS_LULL_ADMIN_OVERVIEW_TEXT_H_
