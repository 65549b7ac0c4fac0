"""What the people of the sample wrote and said, in their own languages, with dignity and without a real name."""

from typing import Final

from app.sample.story import COUSIN, DISPATCHER, DRIVER, PHONE, SHOP, SKIPPER

TIGRINYA: Final = """ስመይ ሰላም ተስፋይ እዩ። ዕድመይ 24 ዓመት እዩ።
ብ17 መጋቢት ናብ መኪና ኣእትዮሙና። ኣብ ውሽጢ 19 ሰባት ነበርና፣ ሽዱሽተ ቆልዑ ነይሮም።
እቲ መኪና ንውሕ ሰዓታት ተዓጽዩ ነበረ፣ ኣየር ስለዘይነበረ ንህዝሕዝ ኢልና።
ገንዘብ ንሓደ ሰብኣይ ብተሌፎን +49 171 392 00 12 ተዛሪብና ከፊልና። 2,400 ዩሮ ንሓደ ሰብ።
ዝረኣኽዎ ጥራይ እየ ዝነግር ዘለኹ።
"""

ARABIC: Final = """اسمي يوسف الحمد، وأكتب هذه الرسالة بإرادتي.
ركبنا الشاحنة ليلة السابع عشر من آذار مع تسعة عشر شخصاً، بينهم أطفال.
قال لنا السائق أن نتصل بالرقم ٠٠٤٩١٧١٣٩٢٠٠١٢ إذا حدث شيء.
دفع أخي ٢٬٤٠٠ يورو إلى الحساب GB82 WEST 1234 5698 7654 32.
لم يضربنا السائق، وكان خائفاً هو أيضاً.
"""

DARI: Final = """نام من فرید نوری است و از خواندن این نامه برای محکمه راضی هستم.
در شب هفدهم مارچ با نوزده نفر در یخچال لاری بودیم.
شمارهٔ تلیفون دفتر سفر ۰۰۴۹۱۷۱۳۹۲۰۰۱۲ بود و پول را پیش صراف امانت گذاشتیم: ۲۴۰۰ یورو.
بعد از رسیدن، رمز را گفتیم و صراف پول را به آنها داد.
"""

BENGALI: Final = """আমার নাম রহিমা খাতুন। আমি নিজের ইচ্ছায় এই চিঠি লিখছি।
২ এপ্রিল রাতে আমরা একুশ জন একটি ছোট নৌকায় উঠি। নৌকায় লাইফ জ্যাকেট ছিল নয়টি।
টাকা দিতে আমাদের +49 171 3920012 নম্বরে ফোন করতে বলা হয়েছিল।
আমার বোন ১,৮০০ ইউরো মেরিডিয়ান এক্সচেঞ্জে জমা দিয়েছিল।
"""

CHINESE: Final = """我叫林美华，我自愿写下这封信。
四月二日夜里，我们二十一个人上了一条小船，海上风很大。
他们让我们打电话 0049 171 3920012，说钱到账以后才开船。
我把一千八百欧元存到账户 GB82WEST12345698765432。
船老大自己也不认识路，他一直看手机。
"""

_SPOKEN: Final = f"{PHONE[:3]} {PHONE[3:6]} {PHONE[6:9]} {PHONE[9:]}"

LORRY_CHAT: Final = f"""[16/03/2026, 19:02:11] Marek O.: Messages and calls are end-to-end encrypted.
[16/03/2026, 19:02:40] Travel desk: Loading tomorrow 23.30 at the cold store, gate 4. You drive to the second port.
[16/03/2026, 19:05:03] Marek O.: How many
[16/03/2026, 19:05:27] Travel desk: Nineteen. Six are small.
[16/03/2026, 19:06:58] Marek O.: Not below 8 degrees then. And the vent stays open, I want that written
[16/03/2026, 19:07:30] Travel desk: Vent open. If anything happens you call {_SPOKEN}, nobody else
[16/03/2026, 19:11:45] Marek O.: My number in the papers is {DRIVER}, dispatcher is {DISPATCHER}
[17/03/2026, 23:48:19] Marek O.: Doors closed. Plate on the trailer is HX 4127 K
[18/03/2026, 03:51:02] Marek O.: They are knocking. I am stopping
[18/03/2026, 03:51:40] Travel desk: Do not stop
[18/03/2026, 03:52:15] Marek O.: I am stopping
"""

BOAT_CHAT: Final = f"""02/04/26, 18:10 - Skipper: Weather no good, wind 6
02/04/26, 18:12 - Desk North: Go. Twenty-one, all paid at Meridian
02/04/26, 18:13 - Skipper: My phone {SKIPPER} is the only one with a map
02/04/26, 18:15 - Desk North: Then keep it dry. Emergency number is 0049 171 392 0012
02/04/26, 21:56 - Skipper: Engine stopped. Children on board. I have called the coast guard
02/04/26, 21:57 - Desk North: You did what
02/04/26, 21:59 - Skipper: 54.1872 N 7.8841 E is what I told them
"""

MAIL_BODY: Final = f"""Dear Mr Halden,

the deposits for the group of 17 March have come in at the exchange, as listed in the attachment. Please release the
driver's share only after arrival; the desk ({PHONE}) gives the word.

The balance goes to GB82 WEST 1234 5698 7654 32 as before. Our line for questions is {SHOP}.

Kind regards
R. Quist
Meridian Exchange
"""

MAIL_LIST: Final = f"""token,deposited,amount,currency,contact
K-311,2026-03-09,2400.00,EUR,{COUSIN}
K-312,2026-03-09,2400.00,EUR,
K-313,2026-03-10,4800.00,EUR,
K-314,2026-03-12,2400.00,EUR,
K-315,2026-03-13,1200.00,EUR,half now
"""

STATEMENT: Final = (
    "Record of a witness's statement, 19 March 2026, 10.40 to 12.15",
    "Present: the witness Selam Tesfay (ሰላም ተስፋይ), counsel, an interpreter for Tigrinya, and the recording officer.",
    "The witness was told that she is heard as a witness, that she need not answer what would expose her to",
    "prosecution, and that her name can be kept from the file. She asks for that.",
    "",
    "She states: On the evening of 17 March we were brought to a cold store. There were nineteen of us, six of them",
    "children. A man on the telephone, whom the others called the travel desk, had told my cousin to pay 2,400 euro.",
    "The number was +49 171 392 00 12. I have it in my telephone and on a paper.",
    "The driver left the vent open. After some hours the air was bad all the same and people knocked on the wall.",
    "The driver stopped and opened the doors himself. He gave us water.",
    "",
    "Asked whether she had seen who loaded the lorry: two men; one wore a jacket with the words Halden Cold Freight.",
    "Asked in which clock she counts the hours: in the European one, for this statement.",
    "The statement was translated back to the witness and approved. ዝተባህለ ቅኑዕ እዩ።",
)

FREIGHT_ORDER: Final = (
    "HALDEN COLD FREIGHT",
    "Freight order 2026-0311",
    "",
    "Load: chilled vegetables, 18 pallets. Gate 4, 17 March 2026, 23.30.",
    "Trailer: HX 4127 K. Temperature: 8 °C. Vent: open.",
    "Driver: M. Olsov, telephone +46 70 174 06 05. Dispatcher: +46 70 174 06 12.",
    "Remarks: second port. In any trouble call the desk, 0049 171 3920012, and not the office.",
    "Payment: account NL91 ABNA 0417 1643 00.",
)

NOTE: Final = (
    ("Notes found in the cab", "en-GB", False),
    ("Gate 4 at half past eleven. Nineteen. Vent open. Water behind the seat.", "en-GB", False),
    ("Desk +49 171 3920012 / account GB82 WEST 1234 5698 7654 32", "en-GB", False),
    ("الماء خلف المقعد، والباب يفتح من الداخل", "ar-SY", True),
    ("آب پشت سیت است", "fa-AF", True),
    ("ማይ ኣብ ድሕሪ መንበር ኣሎ", "ti-ER", False),
)
