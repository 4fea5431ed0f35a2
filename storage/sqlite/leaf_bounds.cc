#include "storage/sqlite/leaf_bounds.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "storage/sqlite/statement.h"

namespace lull {
namespace {

// https://www.sqlite.org/fileformat2.html#b_tree_pages
constexpr uint8_t kInteriorOfTable = 0x05;
constexpr size_t kHeaderBytes = 12;  // of such a page
constexpr size_t kMaxVarintBytes = 9;

constexpr int kMostLevels = 20;
constexpr int kMostPages = 1 << 13;

// A page of the tree above its rows.
class InteriorPage {
 public:
  explicit InteriorPage(const std::string& bytes) : bytes_(bytes) {}

  bool IsInterior() const { return Byte(0) == kInteriorOfTable; }
  size_t cells() const { return Number(3, 2); }
  uint32_t last_child() const { return Number(8, 4); }
  uint32_t child(size_t cell) const { return Number(OffsetOf(cell), 4); }
  // The greatest that the child may hold.
  int64_t key(size_t cell) const {
    const size_t at = OffsetOf(cell) + 4;
    uint64_t key = 0;
    for (size_t i = 0; i < kMaxVarintBytes; ++i) {
      const uint8_t byte = Byte(at + i);
      if (i + 1 == kMaxVarintBytes) return static_cast<int64_t>(key << 8 | byte);
      key = key << 7 | (byte & 0x7f);
      if ((byte & 0x80) == 0) break;
    }
    return static_cast<int64_t>(key);
  }

 private:
  // A damaged page may point anywhere.
  uint8_t Byte(size_t at) const {
    return at < bytes_.size() ? static_cast<uint8_t>(bytes_[at]) : 0;
  }
  uint32_t Number(size_t at, size_t bytes) const {
    uint32_t number = 0;
    for (size_t i = 0; i < bytes; ++i) number = number << 8 | Byte(at + i);
    return number;
  }
  size_t OffsetOf(size_t cell) const { return Number(kHeaderBytes + 2 * cell, 2); }

  const std::string& bytes_;
};

class Tree {
 public:
  Tree(Connection& connection, size_t page_bytes) : connection_(connection), page_(page_bytes, 0) {}

  // How many levels of pages are above those with rows.
  absl::StatusOr<int> Height(uint32_t root) {
    uint32_t number = root;
    for (int height = 0; height < kMostLevels; ++height) {
      LULL_RETURN_IF_ERROR(connection_.ReadPage(number, &page_));
      const InteriorPage page(page_);
      if (!page.IsInterior()) return height;
      number = page.cells() > 0 ? page.child(0) : page.last_child();
    }
    return 0;
  }

  absl::Status Walk(uint32_t number, int height) {
    if (++pages_ > kMostPages) return absl::OkStatus();
    LULL_RETURN_IF_ERROR(connection_.ReadPage(number, &page_));
    const InteriorPage page(page_);
    if (!page.IsInterior()) return absl::OkStatus();
    const size_t cells = std::min(page.cells(), page_.size());
    std::vector<uint32_t> children;
    for (size_t cell = 0; cell < cells; ++cell) {
      bounds_.push_back(page.key(cell));
      if (height > 1) children.push_back(page.child(cell));
    }
    if (height > 1) children.push_back(page.last_child());
    for (const uint32_t child : children) LULL_RETURN_IF_ERROR(Walk(child, height - 1));
    return absl::OkStatus();
  }

  std::vector<int64_t> TakeBounds() {
    if (pages_ > kMostPages) return {};
    std::sort(bounds_.begin(), bounds_.end());
    bounds_.erase(std::unique(bounds_.begin(), bounds_.end()), bounds_.end());
    return std::move(bounds_);
  }

 private:
  Connection& connection_;
  std::string page_;
  std::vector<int64_t> bounds_;
  int pages_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<int64_t>> ReadLeafBounds(Connection& connection, const char* root) {
  LULL_ASSIGN_OR_RETURN(const std::string page_bytes, connection.QueryText("PRAGMA page_size"));
  LULL_ASSIGN_OR_RETURN(const std::string root_text, connection.QueryText(root));
  size_t bytes = 0;
  uint32_t root_page = 0;
  if (!absl::SimpleAtoi(page_bytes, &bytes) || !absl::SimpleAtoi(root_text, &root_page)) {
    return absl::InternalError("SQLite's pages have no size or no number");
  }
  Tree tree(connection, bytes);
  LULL_ASSIGN_OR_RETURN(const int height, tree.Height(root_page));
  if (height > 0) LULL_RETURN_IF_ERROR(tree.Walk(root_page, height));
  return tree.TakeBounds();
}

}  // namespace lull
