-- SM3 (GB/T 32905-2016), for the HashedId8 of a certificate: the last eight octets of its digest.
--
-- The one place that needs bit operations; without Wireshark's bit library certificates are shown without
-- their HashedId8.

local library = rawget(_G, "bit") or rawget(_G, "bit32")
if not library then
   return
end
local band, bor, bxor, bnot, rol = library.band, library.bor, library.bxor, library.bnot,
   library.rol or library.lrotate
local floor, byte, unpack = math.floor, string.byte, table.unpack or unpack

local START = {
   0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
}
local TURNED = {}
for j = 0, 63 do
   TURNED[j] = rol(j < 16 and 0x79cc4519 or 0x7a879d8a, j % 32)
end

local function expand(text, at)
   local w = {}
   for i = 0, 15 do
      local a, b, c, d = byte(text, at + 4 * i, at + 4 * i + 3)
      w[i] = ((a * 256 + b) * 256 + c) * 256 + d
   end
   for i = 16, 67 do
      local x = bxor(w[i - 16], w[i - 9], rol(w[i - 3], 15))
      w[i] = bxor(x, rol(x, 15), rol(x, 23), rol(w[i - 13], 7), w[i - 6])
   end
   return w
end

local function compress(state, w)
   local a, b, c, d, e, f, g, h = unpack(state)
   for j = 0, 63 do
      local turned = rol(a, 12)
      local ss1 = rol((turned + e + TURNED[j]) % 4294967296, 7)
      local ff = j < 16 and bxor(a, b, c) or bor(band(a, b), band(a, c), band(b, c))
      local gg = j < 16 and bxor(e, f, g) or bor(band(e, f), band(bnot(e), g))
      local tt1 = (ff + d + bxor(ss1, turned) + bxor(w[j], w[j + 4])) % 4294967296
      local tt2 = (gg + h + ss1 + w[j]) % 4294967296
      d, c, b, a = c, rol(b, 9), a, tt1
      h, g, f, e = g, rol(f, 19), e, bxor(tt2, rol(tt2, 9), rol(tt2, 17))
   end
   local after = { a, b, c, d, e, f, g, h }
   for i = 1, 8 do
      state[i] = bxor(state[i], after[i])
   end
end

-- The digest of text, 32 octets.
local function sm3(text)
   local count = #text
   local tail = string.rep("\0", (55 - count) % 64) .. "\0\0\0\0"
   local size = 8 * count
   local padded = text .. "\128" .. tail .. string.char(floor(size / 16777216) % 256, floor(size / 65536) % 256,
      floor(size / 256) % 256, size % 256)
   local state = { unpack(START) }
   for at = 1, #padded, 64 do
      compress(state, expand(padded, at))
   end
   local parts = {}
   for i = 1, 8 do
      local word = state[i] % 4294967296
      parts[i] = string.char(floor(word / 16777216), floor(word / 65536) % 256, floor(word / 256) % 256, word % 256)
   end
   return table.concat(parts)
end

local known, held = {}, 0

-- The HashedId8 of a certificate's octets; remembers the last 4096, a city's worth of signers.
function V.hashed_id8(text)
   local found = known[text]
   if not found then
      if held >= 4096 then
         known, held = {}, 0
      end
      found = sm3(text):sub(-8)
      known[text], held = found, held + 1
   end
   return found
end
