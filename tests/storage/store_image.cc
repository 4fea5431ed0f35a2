#include "tests/storage/store_image.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace lull {
namespace {

std::string TextOf(const Bytes& bytes) { return bytes == nullptr ? "(none)" : *bytes; }

std::string TextOf(const JobSpec& spec) {
  return absl::StrCat(spec.id.ToString(), " ", spec.tenant, " ", spec.class_name, " ",
                      TextOf(spec.body));
}

std::string TextOf(const JobEnded& ended) {
  return absl::StrCat(static_cast<int>(ended.state), " ", ended.lease, " ", ended.result_hash, " ",
                      ended.attempts.size(), " ", TextOf(ended.response));
}

std::string TextOf(const KeyAdded& key) {
  return absl::StrCat(key.key[0], " ", key.key[1], " ", key.content, " ", key.job);
}

std::string KeyOf(const UsageAdded& usage) {
  return absl::StrCat(usage.day, " ", usage.tenant, " ", usage.class_name, " ", usage.upstream, " ",
                      usage.model);
}

std::string NameOf(JobNumber job) { return absl::StrCat("of job ", job); }
std::string NameOf(const std::string& key) { return key; }
std::string NameOf(const std::pair<std::string, std::string>& key) { return key.second; }

template <typename Map>
std::string MapDifference(absl::string_view what, const Map& ours, const Map& theirs) {
  for (const auto& [key, value] : ours) {
    const auto found = theirs.find(key);
    if (found == theirs.end()) return absl::StrCat("no ", what, " ", NameOf(key));
    if (!(found->second == value)) return absl::StrCat("another ", what, " ", NameOf(key));
  }
  if (ours.size() == theirs.size()) return "";
  return absl::StrCat(theirs.size(), " ", what, "s instead of ", ours.size());
}

template <typename T>
std::string ListDifference(absl::string_view what, const std::vector<T>& ours,
                           const std::vector<T>& theirs) {
  if (ours.size() != theirs.size()) {
    return absl::StrCat(theirs.size(), " ", what, "s instead of ", ours.size());
  }
  return ours == theirs ? "" : absl::StrCat("another ", what);
}

}  // namespace

absl::StatusOr<StoreImage> StoreImage::Read(JobStore& store) {
  StoreImage image;
  LULL_RETURN_IF_ERROR(
      store.LoadLive([&](LiveState live) { image.live_[live.number] = std::move(live); }));
  LULL_RETURN_IF_ERROR(store.LoadKeys([&](const KeyAdded& key) { image.Apply(key); }));
  LULL_RETURN_IF_ERROR(store.LoadSmallStates([&](const SmallState& state) {
    image.small_states_[{state.kind, state.key}] = *state.value;
  }));
  LULL_ASSIGN_OR_RETURN(const std::unique_ptr<JobReader> reader, store.OpenReader());
  LULL_ASSIGN_OR_RETURN(const auto lines,
                        reader->ListJobs(1, std::numeric_limits<JobNumber>::max(), 1000000));
  for (const JobReader::JobLine& line : lines) {
    LULL_ASSIGN_OR_RETURN(const auto spec, reader->ReadSpec(line.number, true));
    image.specs_[line.number] = TextOf(*spec);
    image.next_job_ = line.number + 1;
    if (!IsTerminal(line.state)) continue;
    LULL_ASSIGN_OR_RETURN(const JobEnded ended, reader->ReadEnded(line.number, true));
    image.ended_[line.number] = {TextOf(ended), ended.end_time};
  }
  JobReader::UsageQuery all_usage;
  all_usage.first_day = std::numeric_limits<int32_t>::min();
  all_usage.last_day = std::numeric_limits<int32_t>::max();
  all_usage.max = 1000000;
  LULL_ASSIGN_OR_RETURN(const auto usage, reader->ReadUsage(all_usage));
  for (const UsageAdded& one : usage) image.usage_[KeyOf(one)] = one;
  LULL_ASSIGN_OR_RETURN(const JobReader::EventRange range, reader->ReadEventRange());
  image.first_event_ = range.oldest;
  LULL_ASSIGN_OR_RETURN(const auto events, reader->ReadEvents(1, 1000000));
  for (const JobReader::NumberedEvent& one : events) {
    if (one.number != image.next_event()) {
      return absl::DataLossError(absl::StrCat("a gap before event ", one.number));
    }
    image.events_.push_back(one.event);
  }
  if (image.next_event() != range.next) {
    return absl::DataLossError(absl::StrCat("the next event is ", range.next,
                                            ", but the last one is before ", image.next_event()));
  }
  return image;
}

void StoreImage::Apply(const Group& group) {
  for (const Record& record : group.records) {
    std::visit([this](const auto& one) { Apply(one); }, record);
  }
  events_.insert(events_.end(), group.events.begin(), group.events.end());
}

void StoreImage::Apply(const JobCreated& created) {
  const JobNumber number = created.spec->number;
  specs_[number] = TextOf(*created.spec);
  live_[number] = created.live;
  next_job_ = std::max(next_job_, number + 1);
}

void StoreImage::Apply(const JobEnded& ended) {
  live_.erase(ended.number);
  ended_[ended.number] = {TextOf(ended), ended.end_time};
}

void StoreImage::Apply(const JobDeleted& deleted) {
  specs_.erase(deleted.number);
  ended_.erase(deleted.number);
}

void StoreImage::Apply(const UsageAdded& usage) {
  const auto [entry, added] = usage_.try_emplace(KeyOf(usage), usage);
  if (added) return;
  UsageAdded& sum = entry->second;
  sum.calls += usage.calls;
  sum.maybe_billed_calls += usage.maybe_billed_calls;
  sum.usage.prompt += usage.usage.prompt;
  sum.usage.cached_prompt += usage.usage.cached_prompt;
  sum.usage.completion += usage.usage.completion;
  sum.usage.reasoning += usage.usage.reasoning;
}

void StoreImage::Apply(const KeyAdded& key) { keys_.emplace_back(TextOf(key), key.time); }

void StoreImage::Apply(const SmallState& state) {
  if (state.value.has_value()) {
    small_states_[{state.kind, state.key}] = *state.value;
  } else {
    small_states_.erase({state.kind, state.key});
  }
}

std::string StoreImage::Difference(const StoreImage& other) const {
  for (const std::string& difference :
       {MapDifference("spec", specs_, other.specs_),
        MapDifference("live state", live_, other.live_),
        MapDifference("outcome", ended_, other.ended_),
        MapDifference("usage", usage_, other.usage_),
        MapDifference("small state", small_states_, other.small_states_),
        ListDifference("key", keys_, other.keys_),
        ListDifference("event", events_, other.events_)}) {
    if (!difference.empty()) return difference;
  }
  return first_event_ == other.first_event_
             ? ""
             : absl::StrCat("events from ", other.first_event_, " on");
}

std::string StoreImage::DifferenceAfterPruning(const StoreImage& other, absl::Time until) const {
  StoreImage left = *this;
  for (const auto& [number, outcome] : ended_) {
    if (outcome.end_time > until || other.ended_.count(number) > 0) continue;
    left.ended_.erase(number);
    left.specs_.erase(number);
  }
  size_t events = 0;
  while (events < events_.size() && events_[events].time <= until &&
         left.first_event_ < other.first_event_) {
    ++events;
    ++left.first_event_;
  }
  left.events_.erase(left.events_.begin(),
                     left.events_.begin() + static_cast<std::ptrdiff_t>(events));
  while (left.keys_.size() > other.keys_.size() && left.keys_.front().second <= until) {
    left.keys_.erase(left.keys_.begin());
  }
  return left.Difference(other);
}

}  // namespace lull
