#include "base/free_memory.h"

#include <malloc.h>

namespace lull {

void ReturnFreeMemory() { malloc_trim(0); }

}  // namespace lull
