#include "server/scheduler/plan.h"

#include <algorithm>

namespace lull {
namespace {

template <typename T>
std::optional<int> FindNamed(const std::vector<T>& things, absl::string_view name) {
  for (size_t i = 0; i < things.size(); ++i) {
    if (things[i].name == name) return static_cast<int>(i);
  }
  return std::nullopt;
}

}  // namespace

bool Upstream::Carries(const std::vector<std::string>& required) const {
  return std::includes(tags.begin(), tags.end(), required.begin(), required.end());
}

std::optional<int> Plan::FindClass(absl::string_view name) const {
  return FindNamed(classes, name);
}

std::optional<int> Plan::FindUpstream(absl::string_view name) const {
  return FindNamed(upstreams, name);
}

std::optional<int> Plan::FindRouteGroup(absl::string_view name) const {
  return FindNamed(route_groups, name);
}

std::optional<int> Plan::RouteForModel(absl::string_view model) const {
  std::optional<int> any;
  for (size_t i = 0; i < route_groups.size(); ++i) {
    for (const std::string& served : route_groups[i].models) {
      if (served == model) return static_cast<int>(i);
      if (served == "*" && !any) any = static_cast<int>(i);
    }
  }
  return any;
}

}  // namespace lull
