-- COER (X.696, canonical): octets of a secured message to a tree of values, as uper.lua makes it.
--
-- Places are kept in bits here too, so that one function draws both trees.  What is readable but not in its
-- canonical form is noted; what can't be read ends the decoding.

local floor, byte = math.floor, string.byte
local fail, note, rows = V.fail, V.note, V.rows

local function take(r, count)
   local at = r.at / 8
   if r.at + 8 * count > r.stop then
      fail(r, "truncated", "the octets end inside this value")
   end
   r.at = r.at + 8 * count
   return floor(at) + 1
end

local function length(r, value)
   local first = byte(r.text, take(r, 1))
   if first < 0x80 then
      return first
   end
   local size = first - 0x80
   if size < 1 or size > 4 then
      fail(r, "malformed", "a length of " .. V.count(size, "octet"))
   end
   local number = V.word(r.text, take(r, size), size, false)
   if number < 0x80 or number < 256 ^ (size - 1) then
      note(r, value, "noncanonical", "a length is not in its shortest form")
   end
   return number
end

local function sized(r, value)
   local size = length(r, value)
   if 8 * size > r.stop - r.at then
      fail(r, "truncated", "the octets end inside this value")
   end
   return size
end

local kinds = {}

local function decode(r, row, kids, part, name)
   r.count = r.count + 1
   if r.count > V.MAX_ITEMS then
      fail(r, "unsupported", "more than " .. V.MAX_ITEMS .. " values")
   end
   if r.top > V.MAX_DEPTH then
      fail(r, "unsupported", "more than " .. V.MAX_DEPTH .. " types deep")
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
   value.num, value.low, value.high = V.word(r.text, take(r, row.z), row.z, row.g)
   if row.lo and (value.num < row.lo or value.num > row.hi) then
      note(r, value, "range", string.format("%d is not in %d..%d", value.num, row.lo, row.hi))
   end
end

function kinds.big(r, row, value)
   local size = sized(r, value)
   if size < 1 or size > 8 then
      fail(r, size < 1 and "malformed" or "unsupported", "INTEGER of " .. V.count(size, "octet") .. ", 1 to 8 are read")
   end
   local at = take(r, size)
   value.num, value.low, value.high = V.word(r.text, at, size, row.g)
   local first, second = byte(r.text, at), size > 1 and byte(r.text, at + 1) or 0
   local spare = first == 0 and (not row.g or second < 0x80) or row.g and first == 0xFF and second >= 0x80
   if size > 1 and spare then
      note(r, value, "noncanonical", "INTEGER is not in its shortest form")
   end
end

function kinds.enum(r, row, value)
   local number = byte(r.text, take(r, 1))
   if number >= 0x80 then
      local size = number - 0x80
      if size < 1 or size > 4 then
         fail(r, "malformed", "ENUMERATED of " .. V.count(size, "octet"))
      end
      number = V.word(r.text, take(r, size), size, true)
      if number >= 0 and number < 0x80 then
         note(r, value, "noncanonical", "ENUMERATED is not in its shortest form")
      end
   end
   value.num = number
   if number < 0 or number >= #row.n then
      local kind = row.x and "unknown" or "range"
      note(r, value, kind, string.format("enumerator %d is none that is known", number))
   end
end

function kinds.null(_, _, value)
   value.num = 0
end

function kinds.octets(r, row, value)
   local size = row.lo
   if row.lo ~= row.hi then
      size = sized(r, value)
      if size < row.lo or row.hi and size > row.hi then
         note(r, value, "range", V.count(size, "octet") .. ", allowed are " .. row.lo .. ".." .. (row.hi or ""))
      end
   end
   local at = take(r, size)
   value.o = 8 * (at - 1)
   value.val = r.text:sub(at, at + size - 1)
end

function kinds.utf8(r, _, value)
   local size = sized(r, value)
   local at = take(r, size)
   local text = r.text:sub(at, at + size - 1)
   if not V.is_utf8(text) then
      note(r, value, "malformed", "no UTF-8; shown in hex")
      text = V.hex(text)
   end
   value.val = text
end

kinds["bits"] = function(r, row, value)
   local size = floor((row.w + 7) / 8)
   local at = take(r, size)
   value.n, value.o, value.val = row.w, 8 * (at - 1), r.text:sub(at, at + size - 1)
   if byte(r.text, at + size - 1) % 2 ^ (8 * size - row.w) ~= 0 then
      note(r, value, "noncanonical", "unused bits are not zero")
   end
end

function kinds.list(r, row, value)
   value.kids = {}
   local size = sized(r, value)
   if size < 1 or size > 4 then
      fail(r, "malformed", "a count of " .. V.count(size, "octet"))
   end
   local count = V.word(r.text, take(r, size), size, false)
   value.num = count
   if count < row.lo or row.hi and count > row.hi then
      note(r, value, "range", V.count(count, "element") .. ", allowed are " .. row.lo .. ".." .. (row.hi or ""))
   end
   if count > V.MAX_LIST then
      fail(r, "unsupported", "a list of more than " .. V.MAX_LIST)
   elseif 8 * count > r.stop - r.at then
      fail(r, "truncated", string.format("the octets end inside a list of %d", count))
   end
   for i = 1, count do
      decode(r, rows[row.e], value.kids, nil, "[" .. (i - 1) .. "]")
   end
end

-- An open type: length and encoding; row nil: of another edition.
local function open(r, row, value, part, name)
   local size = sized(r, value)
   local start, stop = r.at, r.at + 8 * size
   if not row then
      local at = take(r, size)
      r.skipped = r.skipped + 1
      value.kids[#value.kids + 1] = { a = start, b = stop, val = r.text:sub(at, at + size - 1), name = name }
      return
   end
   local outer = r.stop
   r.stop = stop
   decode(r, row, value.kids, part, name)
   r.stop = outer
   if r.at < stop then
      note(r, value, "trailing", V.count((stop - r.at) / 8, "octet") .. " behind the value inside " .. name)
   end
   r.at = stop
end

-- The bits of the preamble, most significant first.
local function preamble(r, row, value)
   local count = row.x and 1 or 0
   for _, part in ipairs(row.roots) do
      if part.o or part.d then
         count = count + 1
      end
   end
   local size = floor((count + 7) / 8)
   local at, flags, padded = take(r, size), {}, false
   for i = 0, 8 * size - 1 do
      flags[i + 1] = floor(byte(r.text, at + floor(i / 8)) / 2 ^ (7 - i % 8)) % 2 == 1
      padded = padded or i >= count and flags[i + 1]
   end
   if padded then
      note(r, value, "noncanonical", "padding of the preamble is not zero")
   end
   return flags
end

-- A part that is absent and has a DEFAULT: the value, on no octets.
local function default(r, row, value, part)
   local made = { row = row, part = part, a = r.at, b = r.at, default = true }
   if type(part.d) == "string" then
      made.val = part.d:gsub("%x%x", function(pair)
         return string.char(tonumber(pair, 16))
      end)
      made.n = 8 * #made.val
   else
      made.num = part.d
   end
   value.kids[#value.kids + 1] = made
end

local function additions(r, row, value)
   local size = sized(r, value)
   if size < 2 then
      fail(r, "malformed", "an empty presence bit string")
   end
   local at = take(r, size)
   local unused = byte(r.text, at)
   if unused > 7 then
      fail(r, "malformed", V.count(unused, "unused bit") .. " in an octet")
   end
   for i = 0, 8 * (size - 1) - unused - 1 do
      if floor(byte(r.text, at + 1 + floor(i / 8)) / 2 ^ (7 - i % 8)) % 2 == 1 then
         local part = row.adds[i + 1]
         open(r, part and rows[part.t], value, part, part and part.n or "addition " .. i + 1)
      end
   end
end

function kinds.seq(r, row, value)
   value.kids = {}
   local flags = preamble(r, row, value)
   local at = row.x and 1 or 0
   for _, part in ipairs(row.roots) do
      local there = true
      if part.o or part.d then
         at = at + 1
         there = flags[at]
      end
      if there then
         local made = decode(r, rows[part.t], value.kids, part, part.n)
         if part.d and (made.num == part.d or made.val and V.hex(made.val) == part.d) then
            note(r, made, "noncanonical", "a DEFAULT value is written out")
         end
      elseif part.d then
         default(r, rows[part.t], value, part)
      end
   end
   if row.x and flags[1] then
      additions(r, row, value)
   end
end

function kinds.choice(r, row, value)
   value.kids = {}
   local tag = byte(r.text, take(r, 1)) - 0x80
   if tag < 0 or tag >= 63 then
      fail(r, "malformed", string.format("no tag of a choice: 0x%02x", tag + 0x80))
   end
   value.num = tag
   local part = row.roots[tag + 1]
   if part then
      decode(r, rows[part.t], value.kids, part, part.n)
      return
   end
   part = row.adds[tag - #row.roots + 1]
   if not part and not row.x then
      fail(r, "malformed", "no alternative " .. tag)
   end
   open(r, part and rows[part.t], value, part, part and part.n or "alternative " .. tag)
end

-- Decodes text as the type that stands alone by this name: kids[1] is the value, r the reader, and what
-- could not be read, or nil.
function V.decode_octets(name, text)
   local r, kids = V.reader(text), {}
   local fault = V.try(decode, r, rows[V.roots[name]], kids, nil, name)
   if not fault and r.at < r.stop then
      r.trailing = { r.at, V.count((r.stop - r.at) / 8, "octet") .. " behind the value", false }
   end
   return kids[1], r, fault
end
