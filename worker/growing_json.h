// A value that comes in pieces, with the chunks of a streamed answer.
#ifndef LULL_WORKER_GROWING_JSON_H_
#define LULL_WORKER_GROWING_JSON_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "simdjson.h"

namespace lull {

// What a member, or an element with an index, costs beside its text, so that many small ones are
// bounded too.
inline constexpr int64_t kJsonMemberBytes = 64;
inline constexpr int64_t kJsonIndexMax = 127;  // of choices and tool calls
inline constexpr size_t kJsonMembersMax = 128;

// The element's "index", by which OpenAI's API tells choices and tool calls apart.
std::optional<int64_t> JsonIndexOf(simdjson::dom::element element);

// Of strings that stand for themselves: some providers send them in every chunk.
bool IsSaidWhole(std::string_view name);

// Texts and lists become longer with every piece, objects get more members, elements with an
// `index` are told apart by it, anything else is replaced. Pure. Names are as simdjson gives them.
class GrowingJson {
 public:
  // `name` is that of the member whose value this is. False when the bytes left do not suffice or
  // an index or a number of members is absurd; what there is then is of no use.
  bool Merge(std::string_view name, simdjson::dom::element from, int64_t& bytes_left);
  // The same for the member of that name of this, which is an object from now on.
  bool MergeMember(std::string_view name, simdjson::dom::element from, int64_t& bytes_left);

  using Members = std::vector<std::pair<std::string, GrowingJson>>;
  const Members& members() const { return members_; }
  void AppendJson(std::string& json) const;

 private:
  enum class Kind { kNull, kText, kList, kIndexed, kObject, kOther };

  bool MergeText(std::string_view name, absl::string_view text, int64_t& bytes_left);
  bool MergeList(simdjson::dom::array list, int64_t& bytes_left);
  // `json`: elements with commas between.
  bool AppendElements(absl::string_view json, int64_t& bytes_left);
  bool MergeObject(simdjson::dom::object object, int64_t& bytes_left, bool skip_index);
  GrowingJson* MemberOf(std::string_view name, int64_t& bytes_left);
  void Become(Kind kind) {
    if (kind_ == kind) return;
    *this = GrowingJson();
    kind_ = kind;
  }

  Kind kind_ = Kind::kNull;
  // Of kText; the JSON of kOther; that of the elements of kList, with commas between.
  std::string text_;
  std::map<int64_t, GrowingJson> indexed_;
  Members members_;
};

}  // namespace lull

#endif  // LULL_WORKER_GROWING_JSON_H_
