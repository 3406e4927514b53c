-- UPER (X.691, basic unaligned): octets of one MessageFrame to a tree of values with their bits.
--
-- A value is { row, part, a, b, ... }: bits a to b of the message, and by its kind num, val, n (bits),
-- kids.  What is readable but wrong or strange is noted in value.e, a list of { expert info, text };
-- what can't be read ends the decoding and leaves the tree as far as it came (b is absent there).

local floor, char, byte = math.floor, string.char, string.byte
local fail, rows = V.fail, V.rows
local POWER = { [0] = 1 }
for i = 1, 40 do
   POWER[i] = POWER[i - 1] * 2
end

-- A reader over text: at, stop are bits, names[1..top] is the path of what is being read.
function V.reader(text)
   return { text = text, at = 0, stop = 8 * #text, names = {}, top = 0, count = 0, skipped = 0, flags = {} }
end

local function note(r, value, kind, text)
   value.e = value.e or {}
   value.e[#value.e + 1] = { kind, text }
   if not r.worst then
      r.worst = table.concat(r.names, ".", 1, r.top):gsub("%.%[", "[") .. ": " .. text
   end
   r.flags[kind] = true
end
V.note = note

-- The next width (0 to 32) bits as a number.
local function bits(r, width)
   local at = r.at
   local stop = at + width
   if stop > r.stop then
      fail(r, "truncated", "the data end before the value does")
   end
   if width == 0 then
      return 0
   end
   r.at = stop
   local first, last = floor(at / 8) + 1, floor((stop - 1) / 8) + 1
   local number, text = 0, r.text
   for i = first, last do
      number = number * 256 + byte(text, i)
   end
   return floor(floor(number / POWER[8 * last - stop]) % POWER[width])
end

-- The next count octets, wherever they begin.
local function octets(r, count)
   local at = r.at
   if at + 8 * count > r.stop then
      fail(r, "truncated", "the data end before the value does")
   end
   local first = floor(at / 8) + 1
   r.at = at + 8 * count
   if at % 8 == 0 then
      return r.text:sub(first, first + count - 1)
   end
   local parts, shift, text = {}, POWER[8 - at % 8], r.text
   local last = byte(text, first)
   for i = 1, count do
      local following = byte(text, first + i)
      parts[i] = char(floor((last * 256 + following) / shift) % 256)
      last = following
   end
   return table.concat(parts)
end

-- A length without upper bound.
local function length(r, value)
   local first = bits(r, 8)
   if first < 128 then
      return first
   end
   if first >= 192 then
      fail(r, "unsupported", "a length in fragments of 16,384")
   end
   local number = (first - 128) * 256 + bits(r, 8)
   if number < 128 then
      note(r, value, "noncanonical", "a length in two octets where one would do")
   end
   return number
end

-- A normally small whole number: number of an alternative, an enumerator or an addition.
local function small(r, value)
   if bits(r, 1) == 0 then
      return bits(r, 6)
   end
   local size = length(r, value)
   if size < 1 or size > 3 then
      fail(r, "unsupported", "a number of " .. V.count(size, "octet") .. " where a small one is usual")
   end
   local number = bits(r, 8 * size)
   if number < 64 then
      note(r, value, "noncanonical", "a small number in its long form")
   end
   return number
end

-- How many elements, octets, characters or bits; checks the bounds.
local function size_of(r, row, value, what)
   local number
   if row.x and bits(r, 1) == 1 then
      number = length(r, value)
      if number >= row.lo and number <= row.hi then
         note(r, value, "noncanonical", V.count(number, what) .. " in extension form, which the root has too")
      else
         note(r, value, "extended", V.count(number, what) .. " in extension form; the root has " .. row.lo)
      end
      return number
   end
   number = row.w and row.lo + bits(r, row.w) or length(r, value)
   if row.hi and number > row.hi then
      note(r, value, "range", V.count(number, what) .. ", allowed are " .. row.lo .. ".." .. row.hi)
   end
   return number
end

local kinds = {}

local function decode(r, row, kids, part, name)
   r.count = r.count + 1
   if r.count > V.MAX_ITEMS then
      fail(r, "unsupported", "more than " .. V.MAX_ITEMS .. " values")
   end
   local value = { row = row, part = part, a = r.at }
   kids[#kids + 1] = value
   r.top = r.top + 1
   r.names[r.top] = name
   kinds[row.k](r, row, value)
   r.top = r.top - 1
   value.b = r.at
   return value
end

function kinds.int(r, row, value)
   if row.x and bits(r, 1) == 1 then
      local size = length(r, value)
      if size < 1 or size > 8 then
         fail(r, size < 1 and "malformed" or "unsupported", "INTEGER of " .. V.count(size, "octet"))
      end
      local text = octets(r, size)
      value.num, value.low, value.high = V.word(text, 1, size, true)
      local kind = value.num >= row.lo and value.num <= row.hi and "noncanonical" or "extended"
      note(r, value, kind, "INTEGER in extension form")
      return
   end
   local number = row.lo + bits(r, row.w)
   value.num = number
   if number > row.hi then
      note(r, value, "range", string.format("%d is not in %d..%d", number, row.lo, row.hi))
   end
end

function kinds.enum(r, row, value)
   if row.x and bits(r, 1) == 1 then
      value.num = #row.n + small(r, value)
      note(r, value, "unknown", "enumerator " .. value.num .. " is of another edition")
      return
   end
   value.num = bits(r, row.w)
   if value.num >= #row.n then
      note(r, value, "range", "enumerator " .. value.num .. " means nothing")
   end
end

function kinds.bool(r, _, value)
   value.num = bits(r, 1)
end

function kinds.null(_, _, value)
   value.num = 0
end

function kinds.octets(r, row, value)
   local size = size_of(r, row, value, "octet")
   value.o = r.at
   value.val = octets(r, size)
end

function kinds.text(r, row, value)
   local size = size_of(r, row, value, "character")
   local parts = {}
   for i = 1, size do
      parts[i] = char(bits(r, 7))
   end
   value.val = table.concat(parts)
end

kinds["bits"] = function(r, row, value)
   local size = size_of(r, row, value, "bit")
   value.o = r.at
   local text = octets(r, floor(size / 8))
   local rest = size % 8
   if rest > 0 then
      text = text .. char(bits(r, rest) * POWER[8 - rest])
   end
   value.n, value.val = size, text
end

function kinds.list(r, row, value)
   local kids = {}
   value.kids = kids
   local size, element = size_of(r, row, value, "element"), rows[row.e]
   value.num = size
   for i = 1, size do
      decode(r, element, kids, nil, "[" .. (i - 1) .. "]")
   end
end

-- An open type: a length and a value in octets of its own; row nil: of another edition.
local function open(r, row, value, part, name)
   local size = length(r, value)
   local start, stop = r.at, r.at + 8 * size
   if stop > r.stop then
      fail(r, "truncated", "the data end before the open type does")
   end
   if not row then
      r.skipped = r.skipped + 1
      value.kids[#value.kids + 1] = { a = start, b = stop, val = octets(r, size), name = name }
      return
   end
   local outer = r.stop
   r.stop = stop
   decode(r, row, value.kids, part, name)
   r.stop = outer
   local rest = stop - r.at
   if rest >= 8 and not (size == 1 and r.at == start) then
      note(r, value, "trailing", V.count(floor(rest / 8), "octet") .. " behind the value inside " .. name)
   elseif rest > 0 and rest <= 8 and bits(r, rest) ~= 0 then
      note(r, value, "noncanonical", "bits are set behind the value inside " .. name)
   end
   r.at = stop
end

function kinds.seq(r, row, value)
   value.kids = {}
   local extended = row.x and bits(r, 1) == 1
   local left = row.o -- of the optional parts, whose flags are one number: no type has more than 32
   local flags = bits(r, left)
   for _, part in ipairs(row.roots) do
      local there = true
      if part.o then
         left = left - 1
         there = floor(flags / POWER[left]) % 2 == 1
      end
      if there then
         decode(r, rows[part.t], value.kids, part, part.n)
      end
   end
   if not extended then
      return
   end
   local count, some
   if bits(r, 1) == 0 then
      count = bits(r, 6) + 1
   else
      count = length(r, value)
   end
   local present = {}
   for i = 1, count do
      present[i] = bits(r, 1) == 1
      some = some or present[i]
   end
   if not some then
      note(r, value, "noncanonical", "extended, and no addition is there")
   end
   for i = 1, count do
      if present[i] then
         local part = row.adds[i]
         open(r, part and rows[part.t], value, part, part and part.n or "addition " .. i)
      end
   end
end

function kinds.choice(r, row, value)
   value.kids = {}
   if row.x and bits(r, 1) == 1 then
      local index = small(r, value)
      local part = row.adds[index + 1]
      value.num = #row.roots + index
      open(r, part and rows[part.t], value, part, part and part.n or "alternative " .. value.num)
      if not part and row.t == "MessageFrame" then
         note(r, value, "unknown_message", "this edition has no such message")
         r.flags.unknown_frame = true
      end
      return
   end
   value.num = bits(r, row.w)
   local part = row.roots[value.num + 1]
   if not part then
      local what = row.t == "MessageFrame" and "unknown_message" or "malformed"
      fail(r, what, "alternative " .. value.num .. " is not in use")
   end
   decode(r, rows[part.t], value.kids, part, part.n)
end

-- Decodes what lies in bits at..stop of the text as row, into kids.  Only the zero bits that fill the last
-- octet may follow: r.trailing is { bit, text, all zero } otherwise.
function V.decode_bits(r, row, kids, at, stop, name)
   r.at, r.stop = at, stop
   decode(r, row, kids, nil, name)
   local rest = (stop - r.at) % 8
   if rest > 0 and bits(r, rest) ~= 0 then
      r.trailing = { r.at - rest, "bits are set behind the value", false }
   end
   local count = floor((stop - r.at) / 8)
   if count > 0 then
      local zero = not octets(r, count):find("[^%z]")
      local text = V.count(count, "octet") .. (zero and ", all zero," or ", not all zero,") .. " behind the value"
      r.trailing = r.trailing or { r.at - 8 * count, text, zero }
   end
end
