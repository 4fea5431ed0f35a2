// Host names and addresses as they stand in URLs and listen addresses. Pure.
#ifndef LULL_BASE_URL_HOST_H_
#define LULL_BASE_URL_HOST_H_

#include "absl/strings/string_view.h"

namespace lull {

// A name in ASCII, four decimal numbers with dots, or an IPv6 address in brackets. Other spellings
// of IPv4 addresses ("127.1", "0x7f.1"), which programs read in different ways, are refused.
bool IsHost(absl::string_view host);

// "localhost", a name below it, 127.0.0.0/8 or [::1], in lower case.
bool IsLoopbackHost(absl::string_view host);

}  // namespace lull

#endif  // LULL_BASE_URL_HOST_H_
